import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { rolloutPlan, type RolloutPlan } from '#contract/rollout-plan'
import { RELEASE, RolloutWorld, type Behaviour } from '../testing/rollout-world.ts'
import { isTerminal, isUpdating } from './member.engine.ts'
import { tallyOf } from './tally.engine.ts'

const MINUTE_MS = 60_000
const behaviours: Behaviour[] = [
  'good',
  'crash-loops',
  'falls-silent',
  'rejects',
  'gets-hot',
  'never-finishes',
]

const anyPlan = fc
  .record({
    shares: fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 3 })
      .map((all) => all.sort((a, b) => a - b)),
    soakSeconds: fc.constantFrom(0, 60, 300),
    approvals: fc.array(fc.constantFrom('auto' as const, 'manual' as const), { minLength: 4, maxLength: 4 }),
    controlPercent: fc.constantFrom(0, 0, 10, 40),
    maxUpdating: fc.option(fc.integer({ min: 1, max: 5 })),
    startsPerMinute: fc.option(fc.integer({ min: 1, max: 4 })),
    attempts: fc.integer({ min: 0, max: 2 }),
    onTrip: fc.constantFrom('pause' as const, 'roll-back' as const),
    successPercent: fc.constantFrom(0, 50, 95),
    maxFailures: fc.option(fc.integer({ min: 1, max: 3 })),
  })
  .map((raw): RolloutPlan =>
    rolloutPlan.parse({
      phases: [...raw.shares, 100].map((percent, index) => ({
        name: `P${index}`,
        reach: { kind: 'percent', percent },
        soakSeconds: raw.soakSeconds,
        approval: raw.approvals[index],
      })),
      controlPercent: raw.controlPercent,
      maxUpdating: raw.maxUpdating,
      startsPerMinute: raw.startsPerMinute,
      includesPinned: false,
      retries: { attempts: raw.attempts, backoffSeconds: 60 },
      deviceDeadlineMinutes: 5,
      offlineOwedDays: 1,
      gates: {
        successPercent: raw.successPercent,
        minimumSample: 2,
        maxFailures: raw.maxFailures,
        onTrip: raw.onTrip,
      },
    }),
  )
const anyDevices = fc.array(
  fc.record({
    isOnline: fc.boolean(),
    behaviour: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Behaviour>('good') },
      { weight: 1, arbitrary: fc.constantFrom(...behaviours) },
    ),
    deviceType: fc.constantFrom('pi', 'nuc'),
    formerTarget: fc.constantFrom('old', 'older'),
  }),
  { minLength: 1, maxLength: 14 },
)
type Incident =
  | 'nothing'
  | 'crash'
  | 'flap'
  | 'pause'
  | 'resume'
  | 'approve'
  | 'retry'
  | 'roll-back'
  | 'abort'
  | 'join'
  | 'join-unfit'
const anyStory = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Incident>('nothing') },
    { weight: 3, arbitrary: fc.constantFrom<Incident>('crash', 'flap', 'approve', 'resume', 'join') },
    { weight: 1, arbitrary: fc.constantFrom<Incident>('pause', 'retry', 'roll-back', 'abort', 'join-unfit') },
  ),
  { minLength: 10, maxLength: 45 },
)

const makeWorld = (
  plan: RolloutPlan,
  raw: { isOnline: boolean; behaviour: Behaviour; deviceType: string; formerTarget: string }[],
) => {
  const world = new RolloutWorld(
    plan,
    raw.map((device, index) => ({
      ...device,
      deviceId: index + 1,
      uuid: `device-${index}`,
      tags: {},
      offlineSinceMs: device.isOnline ? null : 1,
    })),
  )
  return world
}

const approve = (world: RolloutWorld) =>
  world.edit((situation) => ({
    ...situation,
    phases: situation.phases.map((phase) =>
      phase.state === 'awaiting-approval' ? { ...phase, isApproved: true } : phase,
    ),
  }))
/** Resuming after a trip accepts what tripped, in the phase it tripped in. */
const resume = (world: RolloutWorld) =>
  world.edit((situation) =>
    situation.state !== 'paused'
      ? situation
      : {
          ...situation,
          state: 'running',
          phases: situation.phases.map((phase) =>
            phase.state === 'open'
              ? { ...phase, accepted: ['success', 'failures', 'silence', 'crash-loop', 'health'] as const }
              : phase,
          ),
        },
  )

function happen(world: RolloutWorld, incident: Incident, index: number): void {
  const { state } = world.store.situation
  const victim = world.devices[index % world.devices.length]
  if (incident === 'flap' && victim) world.setOnline(victim, !victim.isOnline)
  if (incident === 'pause' && state === 'running')
    world.edit((situation) => ({ ...situation, state: 'paused' }))
  if (incident === 'resume') resume(world)
  if (incident === 'join' || incident === 'join-unfit') {
    const deviceId = world.devices.length + 1
    const newcomer = {
      deviceId,
      uuid: `newcomer-${deviceId}`,
      deviceType: index % 2 === 0 ? 'pi' : 'nuc',
      tags: {},
      isOnline: index % 3 !== 0,
      offlineSinceMs: index % 3 === 0 ? world.nowMs : null,
      behaviour: behaviours[index % behaviours.length] ?? 'good',
      formerTarget: 'old',
    }
    // A gateway that dies before it is stored admits it anew.
    world.join(newcomer, null, true)
    world.join(newcomer, incident === 'join' ? null : 'Cannot run it')
  }
  if (incident === 'approve') approve(world)
  if (incident === 'retry' && ['running', 'paused', 'completed'].includes(state)) world.retryFailed()
  if (incident === 'abort' && ['running', 'paused'].includes(state))
    world.edit((situation) => ({ ...situation, state: 'aborted' }))
  if (incident === 'roll-back' && ['running', 'paused', 'completed', 'aborted'].includes(state)) {
    world.edit((situation) => ({ ...situation, state: 'rolling-back' }))
    world.rollBack()
  }
}

/** Lives through a story; checks every step that was stored. */
function liveThrough(world: RolloutWorld, story: readonly Incident[]): void {
  for (const [index, incident] of story.entries()) {
    happen(world, incident, index)
    world.step(incident === 'crash')
    world.live()
    world.nowMs += 20_000
  }
}
/** Everybody comes back, nobody pauses any more: the rollout must come to its end. */
function bringToAnEnd(world: RolloutWorld): void {
  for (let turn = 0; turn < 400; turn++) {
    for (const device of world.devices) {
      if (device.behaviour === 'falls-silent') device.behaviour = 'good'
      world.setOnline(device, true)
    }
    approve(world)
    resume(world)
    world.step()
    world.live()
    world.nowMs += MINUTE_MS
    const { state, phases } = world.store.situation
    const isOver = state === 'completed' || state === 'rolled-back'
    const left = world.store.members.filter((member) => !isTerminal(member.record.state)).length
    if (isOver || (state === 'aborted' && left === 0)) return
    expect(phases.length).toBeGreaterThan(0)
  }
}

/** Random stories a property is held against; more of them for a long run: `WHEELHOUSE_PROPERTY_RUNS=20000`. */
const numRuns = Number(process.env.WHEELHOUSE_PROPERTY_RUNS ?? 1000)
vi.setConfig({ testTimeout: 20_000 + numRuns * 60 })
const everyStory = (check: (world: RolloutWorld) => void) =>
  fc.assert(
    fc.property(anyPlan, anyDevices, anyStory, (plan, devices, story) => {
      const world = makeWorld(plan, devices)
      liveThrough(world, story)
      check(world)
    }),
    { numRuns },
  )

describe('invariants over random fleets, plans, faults, operators and restarts', () => {
  test('never more than the rate: at once, and in a minute', () => {
    everyStory((world) => {
      for (const { step, before } of world.log) {
        const offers = step.decisions.filter((decision) => decision.isOffer)
        if (offers.length === 0 || world.plan.maxUpdating === null) continue
        const decided = new Map(step.decisions.map((decision) => [decision.deviceId, decision.record.state]))
        const updating = before.members.filter((member) =>
          isUpdating(decided.get(member.deviceId) ?? member.record.state),
        )
        expect(updating.length).toBeLessThanOrEqual(world.plan.maxUpdating)
      }
      if (world.plan.startsPerMinute !== null)
        for (const offers of world.offersByMinute.values())
          expect(offers).toBeLessThanOrEqual(world.plan.startsPerMinute)
    })
  })

  test('no offer in a phase before every phase before it passed, and none but while it runs', () => {
    everyStory((world) => {
      for (const { step } of world.log) {
        for (const offer of step.decisions.filter((decision) => decision.isOffer)) {
          expect(step.state).toBe('running')
          const earlier = step.phases.filter((phase) => phase.index < offer.phaseIndex)
          expect(earlier.every((phase) => phase.state === 'passed')).toBe(true)
          const own = step.phases[offer.phaseIndex]
          const needsApproval =
            offer.phaseIndex > 0 && world.plan.phases[offer.phaseIndex]?.approval === 'manual'
          if (needsApproval) expect(own?.isApproved).toBe(true)
        }
      }
    })
  })

  test('a terminal state is never left by a step; a member keeps its phase, and newcomers are in the last', () => {
    everyStory((world) => {
      const places = (members: readonly { deviceId: number; phaseIndex: number; position: number }[]) =>
        new Map(members.map((member) => [member.deviceId, [member.phaseIndex, member.position]]))
      const placeOf = places(world.log[0]?.before.members ?? [])
      for (const { step, before, after, isVerb } of world.log) {
        expect(places(after.members)).toEqual(places(before.members))
        for (const [deviceId, place] of places(before.members)) {
          const held = placeOf.get(deviceId)
          if (held) expect(place).toEqual(held)
          else expect(place[0]).toBe(world.plan.phases.length - 1)
          placeOf.set(deviceId, place)
        }
        // Verbs alone set ended devices on their way again.
        if (isVerb) continue
        const held = new Map(before.members.map((member) => [member.deviceId, member.record.state]))
        for (const { deviceId, record, isOffer } of step.decisions) {
          const was = held.get(deviceId)
          if (was !== undefined && isTerminal(was))
            expect({ record: record.state, isOffer }).toEqual({ record: was, isOffer: false })
        }
      }
    })
  })

  test('tallies that are kept equal tallies that are counted', () => {
    everyStory((world) => {
      const { situation, members } = world.store
      for (const phase of situation.phases)
        expect(phase.tally).toEqual(tallyOf(members.filter((member) => member.phaseIndex === phase.index)))
    })
  })

  test('who joins while it is under way takes part; who cannot is left out and never offered', () => {
    everyStory((world) => {
      const members = new Map(world.store.members.map((member) => [member.deviceId, member]))
      for (const { step } of world.log)
        for (const { deviceId, isOffer } of step.decisions)
          if (isOffer) expect(members.get(deviceId)?.record.reason ?? '').not.toContain('Cannot run it')
      for (const device of world.devices) {
        const member = members.get(device.deviceId)
        // It joined when the rollout was over, going back or aborted.
        if (!member) expect(device.target).toBe(device.formerTarget)
      }
    })
  })

  test('every device ends in exactly one terminal state', () => {
    everyStory((world) => {
      bringToAnEnd(world)
      const { situation, members } = world.store
      expect(['completed', 'rolled-back', 'aborted']).toContain(situation.state)
      expect(members.filter((member) => !isTerminal(member.record.state))).toEqual([])
    })
  })

  test('rolling back gives every touched device the target that it had', () => {
    everyStory((world) => {
      const { state } = world.store.situation
      if (state !== 'rolling-back' && state !== 'rolled-back') {
        world.edit((situation) => ({ ...situation, state: 'rolling-back' }))
        world.rollBack()
      }
      bringToAnEnd(world)
      expect(world.store.situation.state).toBe('rolled-back')
      for (const device of world.devices) {
        expect(device.target).toBe(device.formerTarget)
        expect(device.current).toBe(device.formerTarget)
      }
    })
  })

  test('pause means no new offers', () => {
    everyStory((world) => {
      for (const { step, before } of world.log)
        if (before.situation.state !== 'running')
          expect(step.decisions.filter((decision) => decision.isOffer)).toEqual([])
    })
  })

  test('a step that was lost before it was stored changes nothing of what comes out', () => {
    fc.assert(
      fc.property(
        anyPlan,
        anyDevices,
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (plan, devices, losses) => {
          const calm = makeWorld(
            plan,
            devices.map((device) => ({ ...device, isOnline: true })),
          )
          const shaken = makeWorld(
            plan,
            devices.map((device) => ({ ...device, isOnline: true })),
          )
          bringToAnEnd(calm)
          for (const isLost of losses) if (isLost) shaken.step(true)
          bringToAnEnd(shaken)
          const outcome = (world: RolloutWorld) => ({
            state: world.store.situation.state,
            devices: world.devices.map((device) => device.target === RELEASE),
          })
          expect(outcome(shaken)).toEqual(outcome(calm))
        },
      ),
      { numRuns: Math.ceil(numRuns / 5) },
    )
  })
})
