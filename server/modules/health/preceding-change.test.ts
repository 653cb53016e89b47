import fc from 'fast-check'
import { expect, test } from 'vitest'
import { precedingChange, SUSPECT_MS, TOLD_LATE_MS, type StoredChange } from './preceding-change.rules.ts'

const sinceMs = Date.parse('2026-01-15T12:00:00.000Z')
const reason = {
  code: 'service-crash-loop',
  service: 'main',
  since: new Date(sinceMs).toISOString(),
} as const
const SECOND = 1_000
const change = (kind: string, agoMs: number, data: Record<string, unknown>, actor: string | null = null) => ({
  at: new Date(sinceMs - agoMs),
  kind,
  scope: 'device' as const,
  actor,
  data,
})
const runs = (release: string, agoMs: number, from: string | null = null) =>
  change('update', agoMs, { step: 'done', outcome: 'succeeded', releaseId: 7, semver: release, from })
const step = (release: string, state: string, agoMs: number) =>
  change('update', agoMs, { step: state, semver: release })
const variable = (agoMs: number, more: Record<string, unknown> = {}) =>
  change('variable', agoMs, { name: 'MODE', service: null, ...more }, 'Ada')
const summary = (changes: StoredChange[]) => precedingChange(reason, changes)?.summary

test('the release that arrived before is named, with the one it replaced', () => {
  expect(precedingChange(reason, [runs('1.4.2', 180 * SECOND, '1.4.0')])).toEqual({
    kind: 'release',
    at: new Date(sinceMs - 180 * SECOND).toISOString(),
    summary: 'release 1.4.2 arrived (before: 1.4.0)',
    actor: null,
    beforeMs: 180 * SECOND,
    releaseId: 7,
    variable: null,
  })
})

test('of a variable it is said whose it is', () => {
  expect(precedingChange(reason, [variable(SECOND)])).toMatchObject({
    summary: 'the variable MODE was changed',
    actor: 'Ada',
    variable: { name: 'MODE', scope: 'device' },
  })
  expect(precedingChange(reason, [{ ...variable(SECOND), scope: 'fleet' }])).toMatchObject({
    summary: 'the variable MODE was changed for the fleet',
    variable: { name: 'MODE', scope: 'fleet' },
  })
})

test('the nearest change is suspected, of whatever kind', () => {
  expect(summary([runs('1.4.2', 180 * SECOND), variable(120 * SECOND)])).toBe('the variable MODE was changed')
  expect(summary([runs('1.4.2', 60 * SECOND), variable(120 * SECOND)])).toBe('release 1.4.2 arrived')
  expect(summary([variable(10 * SECOND, { isRemoval: true })])).toBe('the variable MODE was removed')
  expect(summary([change('os', 30 * SECOND, { version: 'balenaOS 7', from: 'balenaOS 6' })])).toBe(
    'the host OS became balenaOS 7',
  )
  expect(summary([change('reboot', 30 * SECOND, { reason: 'power' })])).toBe('the device rebooted (power)')
})

test('what is too old, came after, or concerns another service is not suspected', () => {
  expect(summary([variable(SUSPECT_MS)])).toBeDefined()
  expect(summary([variable(SUSPECT_MS + 1)])).toBeUndefined()
  expect(summary([variable(-1)])).toBeUndefined()
  expect(summary([variable(SECOND, { service: 'other' })])).toBeUndefined()
  expect(summary([variable(SECOND, { service: 'main' })])).toBeDefined()
})

test('a device may tell that a release runs after its services began to fail', () => {
  expect(summary([step('2.0.0', 'downloaded', 5 * SECOND), runs('2.0.0', -5 * SECOND)])).toBe(
    'release 2.0.0 arrived',
  )
  expect(summary([runs('1.0.0', SECOND), step('2.0.0', 'downloading', 500), runs('2.0.0', -SECOND)])).toBe(
    'release 2.0.0 arrived',
  )
  expect(summary([runs('2.0.0', -TOLD_LATE_MS)])).toBe('release 2.0.0 arrived')
  expect(summary([runs('2.0.0', -TOLD_LATE_MS - 1)])).toBeUndefined()
})

test('a release sent as the cure is not the cause; one only downloaded neither', () => {
  expect(summary([step('2.0.1', 'downloading', -SECOND), runs('2.0.1', -9 * SECOND)])).toBeUndefined()
  expect(summary([step('2.0.1', 'downloaded', SECOND)])).toBeUndefined()
  expect(summary([step('2.0.1', 'applying', SECOND)])).toBe('release 2.0.1 arrived')
})

test('power does not fail because of a release', () => {
  expect(precedingChange({ ...reason, code: 'undervoltage' }, [runs('1.4.2', SECOND)])).toBeNull()
})

test('whatever is stored: the nearest of what came before, in any order', () => {
  const stored = fc.array(
    fc.record({
      agoMs: fc.integer({ min: -SUSPECT_MS, max: 2 * SUSPECT_MS }),
      kind: fc.constantFrom('variable', 'os', 'reboot', 'health'),
    }),
  )
  fc.assert(
    fc.property(stored, (events) => {
      const changes = events.map(({ agoMs, kind }) =>
        change(kind, agoMs, { name: 'A', version: 'x', reason: 'y' }),
      )
      const found = precedingChange(reason, changes)
      const ages = events
        .filter(({ kind, agoMs }) => kind !== 'health' && agoMs >= 0 && agoMs <= SUSPECT_MS)
        .map(({ agoMs }) => agoMs)
      expect(found?.beforeMs ?? null).toBe(ages.length === 0 ? null : Math.min(...ages))
      expect(precedingChange(reason, changes.reverse())).toEqual(found)
    }),
  )
})
