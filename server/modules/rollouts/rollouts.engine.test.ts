import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectivities, updateStates } from '#contract/device'
import { rolloutDeviceStates, type RolloutPlan } from '#contract/rollout'
import {
  advanceRollout,
  isTerminal,
  isUpdating,
  phaseOfRank,
  rolloutPosition,
  settleRollout,
  type RolloutMember,
  type RolloutSituation,
} from './rollouts.engine.ts'

const plan = (more: Partial<RolloutPlan> = {}): RolloutPlan => ({
  phases: [{ name: 'Everyone', percent: 100, soakSeconds: 30 }],
  maxUpdating: null,
  includesPinned: false,
  ...more,
})
const situation = (more: Partial<RolloutSituation> = {}): RolloutSituation => ({
  state: 'running',
  releaseId: 2,
  plan: plan(),
  openPhase: 0,
  ...more,
})
const member = (more: Partial<RolloutMember> = {}): RolloutMember => ({
  deviceId: 1,
  phaseIndex: 0,
  position: 0,
  state: 'waiting',
  isOffered: false,
  verifyingSinceMs: null,
  previousReleaseId: 1,
  connectivity: 'online',
  updateState: 'idle',
  updatePercent: null,
  currentReleaseId: 1,
  targetReleaseId: 1,
  serviceTrouble: null,
  isTroubleOld: false,
  isRebooting: false,
  ...more,
})
const offered = (more: Partial<RolloutMember> = {}) =>
  member({ state: 'offered', isOffered: true, targetReleaseId: 2, ...more })
const only = (s: RolloutSituation, m: RolloutMember, nowMs = 0) => advanceRollout(s, [m], 0, nowMs)[0]

describe('one device', () => {
  test('a waiting device is offered the release', () => {
    expect(only(situation(), member())).toMatchObject({ state: 'offered', isOffer: true })
  })
  test('an offline device is owed, not offered, and offered when it returns', () => {
    expect(only(situation(), member({ connectivity: 'offline' }))).toMatchObject({
      state: 'offline',
      isOffer: false,
    })
    expect(only(situation(), member({ state: 'offline' }))).toMatchObject({ state: 'offered', isOffer: true })
  })
  test('progress is followed from download to soak to success', () => {
    expect(only(situation(), offered({ updateState: 'downloading', updatePercent: 40 }))).toMatchObject({
      state: 'downloading',
      percent: 40,
    })
    expect(only(situation(), offered({ updateState: 'applying' }))?.state).toBe('installing')
    const running = { updateState: 'idle', currentReleaseId: 2 } as const
    expect(only(situation(), offered(running), 5000)).toMatchObject({
      state: 'verifying',
      verifyingSinceMs: 5000,
    })
    const soaking = offered({ ...running, state: 'verifying', verifyingSinceMs: 5000 })
    expect(only(situation(), soaking, 20_000)).toBeUndefined()
    expect(only(situation(), soaking, 35_000)?.state).toBe('succeeded')
  })
  test('trouble of a service while it soaks is a failure with that reason', () => {
    const soaking = offered({
      currentReleaseId: 2,
      state: 'verifying',
      verifyingSinceMs: 0,
      serviceTrouble: 'main crashes',
    })
    expect(only(situation(), soaking, 1)).toMatchObject({ state: 'failed', reason: 'main crashes' })
  })
  test('trouble from before the offer is given time to end before it counts', () => {
    const soaking = offered({
      currentReleaseId: 2,
      state: 'verifying',
      verifyingSinceMs: 0,
      serviceTrouble: 'main crashes',
      isTroubleOld: true,
    })
    expect(only(situation(), soaking, 60_000)).toBeUndefined()
    expect(only(situation(), soaking, 15 * 60_000)).toMatchObject({ state: 'failed' })
    expect(only(situation(), { ...soaking, serviceTrouble: null }, 60_000)?.state).toBe('succeeded')
  })
  test('rolling back returns a device to what it should run, also when it had not got there yet', () => {
    const back = situation({ state: 'rolling-back' })
    const wasUnderWay = offered({ previousReleaseId: 1, targetReleaseId: 3, currentReleaseId: 2 })
    expect(only(back, { ...wasUnderWay, updateState: 'waiting' })).toBeUndefined()
    expect(only(back, { ...wasUnderWay, currentReleaseId: 3 })?.state).toBe('rolled-back')
    expect(only(back, { ...wasUnderWay, targetReleaseId: null })?.state).toBe('skipped')
    expect(only(back, { ...wasUnderWay, targetReleaseId: 2 })?.state).toBe('skipped')
    expect(only(back, { ...wasUnderWay, currentReleaseId: 3, connectivity: 'offline' })?.state).toBe(
      'offline',
    )
  })
  test('a pin set meanwhile is respected', () => {
    expect(only(situation(), offered({ targetReleaseId: 7 }))).toMatchObject({ state: 'skipped' })
  })
  test('abort leaves what was offered and skips the rest', () => {
    const aborted = situation({ state: 'aborted' })
    expect(only(aborted, member())?.state).toBe('skipped')
    expect(only(aborted, offered({ updateState: 'downloading', updatePercent: 3 }))?.state).toBe(
      'downloading',
    )
  })
  test('rolling back is done when the former release runs again', () => {
    const back = situation({ state: 'rolling-back' })
    const returning = offered({
      targetReleaseId: 1,
      currentReleaseId: 2,
      updateState: 'downloading',
      updatePercent: 9,
    })
    expect(only(back, returning)?.state).toBe('downloading')
    expect(only(back, { ...returning, currentReleaseId: 1 })?.state).toBe('rolled-back')
    expect(only(back, member())?.state).toBe('skipped')
  })
})

const anyMember: fc.Arbitrary<RolloutMember> = fc.record({
  deviceId: fc.nat(),
  phaseIndex: fc.nat(2),
  position: fc.nat(1000),
  state: fc.constantFrom(...rolloutDeviceStates),
  isOffered: fc.boolean(),
  verifyingSinceMs: fc.option(fc.nat(100_000)),
  previousReleaseId: fc.option(fc.integer({ min: 1, max: 3 })),
  connectivity: fc.constantFrom(...connectivities),
  updateState: fc.constantFrom(...updateStates),
  updatePercent: fc.option(fc.nat(100)),
  currentReleaseId: fc.option(fc.integer({ min: 1, max: 3 })),
  targetReleaseId: fc.option(fc.integer({ min: 1, max: 3 })),
  serviceTrouble: fc.option(fc.constant('crash loop')),
  isTroubleOld: fc.boolean(),
  isRebooting: fc.boolean(),
})
const members = fc.uniqueArray(anyMember, { selector: (m) => m.deviceId, maxLength: 40 })
const states = fc.constantFrom('running', 'paused', 'aborted', 'rolling-back') satisfies fc.Arbitrary<
  RolloutSituation['state']
>

describe('whatever the devices say', () => {
  test('offers respect the rate, the phase and the pause; terminal states stay', () => {
    fc.assert(
      fc.property(
        members,
        states,
        fc.nat(2),
        fc.option(fc.integer({ min: 1, max: 10 })),
        fc.nat(200_000),
        (all, state, openPhase, maxUpdating, nowMs) => {
          const now = situation({ state, openPhase, plan: plan({ maxUpdating }) })
          const decisions = new Map(advanceRollout(now, all, 0, nowMs).map((d) => [d.deviceId, d]))
          const offers = all.filter((m) => decisions.get(m.deviceId)?.isOffer)
          if (state !== 'running') expect(offers).toEqual([])
          for (const offer of offers) expect(offer.phaseIndex).toBeLessThanOrEqual(openPhase)
          for (const m of all) if (isTerminal(m.state)) expect(decisions.has(m.deviceId)).toBe(false)
          const updating = all.filter((m) => isUpdating(decisions.get(m.deviceId)?.state ?? m.state)).length
          if (maxUpdating !== null && offers.length > 0) expect(updating).toBeLessThanOrEqual(maxUpdating)
        },
      ),
      { numRuns: 2000 },
    )
  })
  test('a step repeated on its own outcome decides nothing new', () => {
    fc.assert(
      fc.property(members, states, fc.nat(200_000), (all, state, nowMs) => {
        const now = situation({ state })
        const first = new Map(advanceRollout(now, all, 0, nowMs).map((d) => [d.deviceId, d]))
        const after = all.map((m): RolloutMember => {
          const d = first.get(m.deviceId)
          if (!d) return m
          const target = d.isOffer ? now.releaseId : m.targetReleaseId
          return {
            ...m,
            state: d.state,
            verifyingSinceMs: d.verifyingSinceMs,
            isOffered: m.isOffered || d.isOffer,
            targetReleaseId: target,
          }
        })
        const second = advanceRollout(now, after, 0, nowMs)
        expect(second.filter((d) => d.isOffer)).toEqual([])
        for (const d of second) {
          const before = after.find((m) => m.deviceId === d.deviceId)
          // An offer may at once be seen as further on, when the device already ran ahead.
          if (!first.get(d.deviceId)?.isOffer) expect(d.state).toBe(before?.state)
        }
      }),
    )
  })
})

test('a rollout settles only when nobody is left on the way', () => {
  expect(settleRollout('running', 1)).toBeNull()
  expect(settleRollout('running', 0)).toBe('completed')
  expect(settleRollout('paused', 0)).toBeNull()
  expect(settleRollout('rolling-back', 0)).toBe('rolled-back')
})

test('phases cover every device exactly once, in order', () => {
  const staged = plan({
    phases: [5, 25, 100].map((percent) => ({ name: `${percent} %`, percent, soakSeconds: 0 })),
  })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (total) => {
      const phases = Array.from({ length: total }, (_, rank) => phaseOfRank(staged, rank, total))
      expect(phases).toEqual([...phases].sort((a, b) => a - b))
      expect(phases.filter((p) => p === 0).length).toBe(Math.ceil(total * 0.05))
    }),
  )
  expect(rolloutPosition(1, 'aa')).toBe(rolloutPosition(1, 'aa'))
  expect(rolloutPosition(1, 'aa')).not.toBe(rolloutPosition(2, 'aa'))
})
