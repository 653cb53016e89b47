import { describe, expect, it } from 'vitest'
import {
  activeVersion,
  beginOsUpdate,
  bootSlots,
  cancelOsUpdate,
  makeSlots,
  nextPhase,
  osTags,
  type OsSlots,
} from './os-slots.ts'

/** Lets phases pass until the device must reboot or stays. */
function untilReboot(slots: OsSlots): string[] {
  const phases = [slots.phase as string]
  for (let step = 0; step < 30; step++) {
    const { mustReboot } = nextPhase(slots)
    if (slots.phase !== phases.at(-1)) phases.push(slots.phase)
    if (mustReboot) break
  }
  return phases
}

describe('the two slots of the host OS', () => {
  it('writes the passive slot, boots it on trial, commits it', () => {
    const slots = makeSlots('6.0.24')
    expect(beginOsUpdate(slots, '6.5.3', 'ok')).toBe(true)
    expect(untilReboot(slots)).toEqual([
      'downloading',
      'writing inactive',
      'hooks',
      'reboot pending',
      'rebooting',
    ])
    expect(activeVersion(slots)).toBe('6.0.24')
    bootSlots(slots)
    expect([slots.active, activeVersion(slots), slots.phase, slots.bootCount]).toEqual([
      'B',
      '6.5.3',
      'trial',
      1,
    ])
    expect(untilReboot(slots)).toEqual(['trial', 'committed', 'idle'])
    expect(osTags(slots)).toMatchObject({
      'hostos.slot': 'B',
      'hostos.passive': 'A 6.0.24',
      'hostos.rollback': '',
    })
  })

  it('goes back to the old slot when the new system is unhealthy', () => {
    const slots = makeSlots('6.0.24')
    beginOsUpdate(slots, '6.5.3', 'unhealthy')
    untilReboot(slots)
    bootSlots(slots)
    expect(activeVersion(slots)).toBe('6.5.3')
    expect(nextPhase(slots).mustReboot).toBe(true)
    bootSlots(slots)
    expect([activeVersion(slots), slots.phase, slots.refused]).toEqual(['6.0.24', 'rolled back', '6.5.3'])
    expect(slots.rollback).toContain('6.5.3 failed its health check')
  })

  it('never reaches userspace of a system that does not boot', () => {
    const slots = makeSlots('6.0.24')
    beginOsUpdate(slots, '6.5.3', 'no-boot')
    untilReboot(slots)
    bootSlots(slots)
    expect([activeVersion(slots), slots.bootCount, slots.phase]).toEqual(['6.0.24', 2, 'rolled back'])
  })

  it('keeps running the old system when power fails while the passive slot is written', () => {
    const slots = makeSlots('6.0.24')
    beginOsUpdate(slots, '6.5.3', 'ok')
    nextPhase(slots)
    bootSlots(slots)
    expect([activeVersion(slots), slots.phase, slots.versions.B]).toEqual(['6.0.24', 'idle', null])
  })

  it('calls an update off that its target no longer asks for, as long as the old system runs', () => {
    const slots = makeSlots('6.0.24')
    beginOsUpdate(slots, '6.5.3', 'ok', true)
    nextPhase(slots)
    expect(osTags(slots)).toMatchObject({ 'hostos.phase': 'downloading', 'hostos.percent': '10' })
    expect(cancelOsUpdate(slots, '6.5.3')).toBe(false)
    expect(cancelOsUpdate(slots, null)).toBe(true)
    expect([slots.phase, slots.versions.B]).toEqual(['idle', null])
    beginOsUpdate(slots, '6.5.3', 'ok', true)
    untilReboot(slots)
    expect(cancelOsUpdate(slots, null)).toBe(false)
    const byHand = makeSlots('6.0.24')
    beginOsUpdate(byHand, '6.5.3', 'ok')
    expect(cancelOsUpdate(byHand, null)).toBe(false)
  })

  it('does not begin a second update, nor one to what runs already', () => {
    const slots = makeSlots('6.0.24')
    expect(beginOsUpdate(slots, '6.0.24', 'ok')).toBe(false)
    beginOsUpdate(slots, '6.4.0', 'ok')
    expect(beginOsUpdate(slots, '6.5.3', 'ok')).toBe(false)
  })
})
