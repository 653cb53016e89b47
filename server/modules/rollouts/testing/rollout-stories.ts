import fc from 'fast-check'
import { expect } from 'vitest'
import { defaultRolloutPlan, rolloutPlan, type RolloutPlan } from '#contract/rollout-plan'
import { isTerminal } from '../engine/member.engine.ts'
import { FIRST_DAY_MS, RolloutWorld } from './rollout-world.ts'
import type { Behaviour, Sends } from './world-device.ts'

const MINUTE_MS = 60_000
const behaviours: Behaviour[] = [
  'good',
  'crash-loops',
  'falls-silent',
  'rejects',
  'gets-hot',
  'never-finishes',
  'bad-slot',
  'bad-trial',
]

export const anyPlan = fc
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
export const anyDevices = fc.array(
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
export const anyStory = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Incident>('nothing') },
    { weight: 3, arbitrary: fc.constantFrom<Incident>('crash', 'flap', 'approve', 'resume', 'join') },
    { weight: 1, arbitrary: fc.constantFrom<Incident>('pause', 'retry', 'roll-back', 'abort', 'join-unfit') },
  ),
  { minLength: 10, maxLength: 45 },
)

/** The standard plan with everybody in one phase and nobody held back. */
export const inOnePhase: RolloutPlan = {
  ...defaultRolloutPlan,
  phases: defaultRolloutPlan.phases
    .slice(0, 1)
    .map((phase) => ({ ...phase, reach: { kind: 'percent', percent: 100 } })),
  controlPercent: 0,
}
export const goodDevices = (count: number) =>
  Array.from({ length: count }, () => ({
    isOnline: true,
    behaviour: 'good' as const,
    deviceType: 'pi',
    formerTarget: 'old',
  }))

const DAY_MS = 86_400_000
let worlds = 0
/** Each world begins a day after the one before: what an engine wrongly kept in memory is of no use in the next. */
export const makeWorld = (
  plan: RolloutPlan,
  raw: { isOnline: boolean; behaviour: Behaviour; deviceType: string; formerTarget: string }[],
  sends: Sends = 'release',
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
    sends,
    FIRST_DAY_MS + worlds++ * DAY_MS,
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
export function liveThrough(world: RolloutWorld, story: readonly Incident[]): void {
  for (const [index, incident] of story.entries()) {
    happen(world, incident, index)
    world.step(incident === 'crash')
    world.live()
    world.nowMs += 20_000
  }
}

/** What can be seen of a world, with times as they passed since its beginning. */
const seenOf = ({ store, devices, startedAtMs, nowMs }: RolloutWorld) => ({
  sinceMs: nowMs - startedAtMs,
  state: store.situation.state,
  phases: store.situation.phases.map(({ state, tally }) => ({ state, tally })),
  members: store.members.map(({ deviceId, record, offeredAtMs }) => ({
    deviceId,
    state: record.state,
    attempts: record.attempts,
    offeredSinceMs: offeredAtMs === null ? null : offeredAtMs - startedAtMs,
  })),
  targets: devices.map((device) => device.target),
})

/**
 * Lives through a story and answers what was to be seen after every turn. Where `losses` says so, a gateway computes a
 * step half a turn earlier, and once more at the same moment, and dies each time before it is stored.
 */
export function tell(world: RolloutWorld, story: readonly Incident[], losses: readonly boolean[]) {
  return story.map((incident, index) => {
    happen(world, incident, index)
    if (losses[index]) world.step(true)
    world.nowMs += 10_000
    if (losses[index]) world.step(true)
    world.step()
    world.live()
    world.nowMs += 10_000
    return seenOf(world)
  })
}

/** Everybody comes back, nobody pauses any more: the rollout must come to its end. */
export function bringToAnEnd(world: RolloutWorld): void {
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
