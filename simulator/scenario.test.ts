import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { planDevices } from './device/device-plan.ts'
import { readScenario, scenario, writeStory } from './scenario.ts'

const folder = path.join(import.meta.dirname, 'scenarios')
const groups = [
  { fleetId: 1, provisioningKey: 'a', deviceType: 'raspberrypi3', count: 30 },
  { fleetId: 2, provisioningKey: 'b', deviceType: 'intel-nuc', count: 20 },
]
const plans = planDevices('seed', groups)
const read = (value: unknown) => () => readScenario(JSON.stringify(value), 'story.json')

describe('a scenario file', () => {
  it.each(readdirSync(folder))('%s can be used', (name) => {
    expect(readScenario(readFileSync(path.join(folder, name), 'utf8'), name).name).not.toBe('')
  })

  it('is refused with the field and the reason', () => {
    expect(() => readScenario('{', 'story.json')).toThrow(/story\.json is not JSON/)
    expect(read({})).toThrow(/name: /)
    expect(read({ name: 'x', devices: [{ pick: {}, faults: [{ kind: 'gremlins' }] }] })).toThrow(
      /devices\[0\]\.faults\[0\]\.kind: /,
    )
    expect(read({ name: 'x', events: [{ atSeconds: -1, pick: {} }] })).toThrow(/events\[0\]\.atSeconds: /)
    expect(read({ name: 'x', groups: [{ fleetId: 1, deviceType: 'a', count: 1 }] })).toThrow(
      /groups\[0\]\.provisioningKey: /,
    )
    expect(read({ name: 'x', devcies: [] })).toThrow(/the file: .*devcies/)
  })
})

describe('the story of a scenario', () => {
  const story = scenario.parse({
    name: 'test',
    devices: [
      { pick: { deviceType: 'intel-nuc', count: 3 }, faults: [{ kind: 'undervoltage' }] },
      { pick: { share: 0.5 }, afterSeconds: 10, faults: [{ kind: 'away' }] },
    ],
    events: [{ atSeconds: 40, pick: { fleetId: 1, count: 5 }, fault: { kind: 'power-cut' } }],
  })

  it('is the same for the same seed and another for another', () => {
    expect(writeStory(story, plans, 'seed')).toEqual(writeStory(story, plans, 'seed'))
    expect(writeStory(story, plans, 'seed')).not.toEqual(writeStory(story, plans, 'other'))
  })

  it('never lets two rules take the same device', () => {
    const first = writeStory(story, plans, 'seed').filter((event) => event.atMs < 40_000)
    expect(new Set(first.map((event) => event.index)).size).toBe(first.length)
    expect(first.filter((event) => event.fault?.kind === 'undervoltage')).toHaveLength(3)
    expect(first.filter((event) => event.fault?.kind === 'away')).toHaveLength(24)
  })

  it('repeats what happens again, to devices drawn anew', () => {
    const again = { everySeconds: 60, times: 2 }
    const events = writeStory(
      scenario.parse({
        name: 'again',
        events: [{ atSeconds: 5, again, pick: { count: 4 }, fault: { kind: 'watchdog' } }],
      }),
      plans,
      'seed',
    )
    const at = (ms: number) => events.filter((event) => event.atMs === ms).map((event) => event.index)
    expect([at(5_000), at(65_000), at(125_000)].map((indexes) => indexes.length)).toEqual([4, 4, 4])
    expect(events).toHaveLength(12)
    expect(at(65_000)).not.toEqual(at(5_000))
  })

  it('picks only what the selector means', () => {
    const cuts = writeStory(story, plans, 'seed').filter((event) => event.fault?.kind === 'power-cut')
    expect(cuts).toHaveLength(5)
    expect(cuts.every((event) => plans[event.index]?.fleetId === 1 && event.atMs === 40_000)).toBe(true)
  })
})

describe('the devices of a seed', () => {
  it('are the same for the same seed, all different among themselves', () => {
    expect(planDevices('seed', groups)).toEqual(plans)
    expect(planDevices('other', groups)).not.toEqual(plans)
    for (const field of ['uuid', 'key', 'macAddress'] as const)
      expect(new Set(plans.map((plan) => plan[field])).size).toBe(plans.length)
    expect(plans.every((plan) => /^[0-9a-f]{32}$/.test(plan.uuid))).toBe(true)
  })
})
