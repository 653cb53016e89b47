import { describe, expect, test } from 'vitest'
import { rolloutPlan, type RolloutPlan } from '#contract/rollout-plan'
import { RolloutWorld } from '../testing/rollout-world.ts'
import type { Behaviour, Sends } from '../testing/world-device.ts'

const plan = (more: Record<string, unknown> = {}): RolloutPlan =>
  rolloutPlan.parse({
    phases: [
      { name: 'Canary', reach: { kind: 'percent', percent: 20 }, soakSeconds: 60 },
      { name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 60 },
    ],
    controlPercent: 20,
    maxUpdating: null,
    includesPinned: false,
    ...more,
  })
const world = (
  of: RolloutPlan,
  count: number,
  behave: (index: number) => Behaviour,
  isOnline = (_index: number) => true,
  sends: Sends = 'release',
) =>
  new RolloutWorld(
    of,
    Array.from({ length: count }, (_, index) => ({
      deviceId: index + 1,
      uuid: `device-${index}`,
      deviceType: index % 2 === 0 ? 'raspberrypi4-64' : 'intel-nuc',
      tags: {},
      isOnline: isOnline(index),
      offlineSinceMs: isOnline(index) ? null : 1,
      behaviour: behave(index),
      formerTarget: 'old',
    })),
    sends,
  )
/** Steps until the rollout is no longer running, at most `turns` times 20 s; answers what was told. */
function run(one: RolloutWorld, turns = 200): string[] {
  const told: string[] = []
  for (let turn = 0; turn < turns && one.store.situation.state === 'running'; turn++) {
    told.push(...one.step().events.map((event) => event.sentence))
    one.live()
    one.nowMs += 20_000
  }
  return told
}
const stateOf = (one: RolloutWorld) => one.store.situation.state
const touched = (one: RolloutWorld) =>
  one.store.members.filter((member) => member.offeredAtMs !== null).length

describe('gates', () => {
  test('a good release goes through its phases and the control group by itself', () => {
    const one = world(plan(), 50, () => 'good')
    const told = run(one)
    expect(stateOf(one)).toBe('completed')
    expect(told.filter((sentence) => sentence.includes('opened'))).toEqual([
      'Phase "Canary" opened with 8 devices.',
      'Phase "Everyone" opened with 32 devices.',
      'Phase "Control group" opened with 10 devices.',
    ])
  })

  test('a device that is asked again after it crash-looped still counts as crash-looping', () => {
    const one = world(
      plan({
        phases: [{ name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 60 }],
        controlPercent: 0,
        maxUpdating: 1,
        retries: { attempts: 3, backoffSeconds: 1 },
        gates: { maxFailurePercent: null },
      }),
      8,
      () => 'crash-loops',
    )
    const told = run(one)
    expect(stateOf(one)).toBe('paused')
    expect(told.at(-1)).toMatch(/Service app crash-loops on 4 of 4 updated .* \(100 %\)/)
  })

  test('a service that crash-loops on one device type stops the canary, naming service, type and rates', () => {
    const one = world(plan({ gates: { maxFailurePercent: null } }), 100, (index) =>
      index % 2 === 0 ? 'crash-loops' : 'good',
    )
    const told = run(one)
    expect(stateOf(one)).toBe('paused')
    expect(touched(one)).toBe(16)
    expect(told.at(-1)).toMatch(
      /^The rollout pauses: Service app crash-loops on (\d+) of \1 updated raspberrypi4-64 devices \(100 %\), on 0 of \d+ not updated \(0 %\); the limit is 20 points more\.$/,
    )
  })

  test('a host OS that devices give up by themselves counts as failed, and the sentence says how many did', () => {
    const one = world(
      plan({ retries: { attempts: 2, backoffSeconds: 60 } }),
      50,
      (index) => (index % 2 === 0 ? 'bad-slot' : 'bad-trial'),
      () => true,
      'host-os',
    )
    expect(run(one).at(-1)).toMatch(
      /^The rollout pauses: (\d+) of \d+ devices of phase "Canary" failed \([\d.]+ %\), \1 of them went back by themselves; the limit is 10 %\.$/,
    )
    expect(one.store.situation.phases[0]?.tally.states).toMatchObject({ succeeded: 0, failed: 0 })
    // Their target is what it was, and there is no further attempt by itself.
    const back = one.store.members.filter((member) => member.record.state === 'rolled-back')
    expect(back.length).toBeGreaterThan(0)
    for (const { deviceId } of back) {
      const device = one.devices.find((candidate) => candidate.deviceId === deviceId)
      expect(device?.target).toBe(device?.formerTold)
    }
  })

  test('devices that fall silent after the update trip the silence gate; those offline before do not', () => {
    const silent = world(plan(), 50, () => 'falls-silent')
    expect(run(silent).at(-1)).toContain('fell silent')
    expect(stateOf(silent)).toBe('paused')
    const away = world(
      plan(),
      50,
      () => 'good',
      (index) => index % 5 >= 2,
    )
    run(away, 60)
    const { phases } = away.store.situation
    expect(phases.map((phase) => phase.state)).toEqual(['passed', 'passed', 'passed'])
    expect(away.store.members.filter((member) => member.record.state === 'offline').length).toBe(20)
    for (const device of away.devices) away.setOnline(device, true)
    run(away)
    expect(stateOf(away)).toBe('completed')
    expect(away.devices.every((device) => device.current === 'new')).toBe(true)
  })

  test('an outage that hits the control group as well is not held against the release', () => {
    const one = world(plan(), 60, () => 'good')
    for (let turn = 0; turn < 2; turn++) {
      one.step()
      one.live()
      one.nowMs += 20_000
    }
    for (const device of one.devices) if (device.deviceId % 3 === 0) one.setOnline(device, false)
    const told = run(one, 60)
    expect(told.filter((sentence) => sentence.includes('fell silent'))).toEqual([])
  })

  test('a health reason is compared with the control group, and says when there are too few to tell', () => {
    const sick = world(plan(), 60, () => 'gets-hot')
    expect(run(sick).at(-1)).toMatch(
      /"cpu-temperature" is new on .* updated devices .* points more, the limit is 20\.$/,
    )
    const few = world(plan({ gates: { minimumSample: 50 } }), 12, () => 'gets-hot')
    const verdicts: string[] = []
    for (let turn = 0; turn < 8; turn++) {
      verdicts.push(...few.step().criteria.flatMap((one) => (one.code === 'health' ? [one.verdict] : [])))
      few.live()
      few.nowMs += 20_000
    }
    expect(new Set(verdicts)).toEqual(new Set(['not-enough-devices']))
  })

  test('too few successes end a phase that nobody is left to change', () => {
    const one = world(plan({ gates: { maxFailurePercent: null, successPercent: 90 } }), 40, (index) =>
      index % 3 === 0 ? 'rejects' : 'good',
    )
    expect(run(one).at(-1)).toMatch(/^The rollout pauses: Phase "Canary" ended with .* 90 % are needed\.$/)
  })

  test('going back by itself returns every touched device and touches nobody else', () => {
    const one = world(plan({ gates: { onTrip: 'roll-back' } }), 50, () => 'crash-loops')
    run(one)
    for (let turn = 0; turn < 30 && stateOf(one) !== 'rolled-back'; turn++) {
      one.step()
      one.live()
      one.nowMs += 20_000
    }
    expect(stateOf(one)).toBe('rolled-back')
    expect(one.devices.every((device) => device.current === 'old' && device.target === 'old')).toBe(true)
    expect(one.store.members.filter((member) => member.record.state === 'rolled-back').length).toBe(8)
  })

  test('a phase that does not pass in time pauses and says so', () => {
    const one = world(
      plan({ phaseDeadlineMinutes: 3, deviceDeadlineMinutes: null }),
      40,
      () => 'never-finishes',
    )
    expect(run(one).at(-1)).toMatch(
      /has not passed within 3 minutes \(0 of 7 reachable devices succeeded\)\.$/,
    )
  })
})
