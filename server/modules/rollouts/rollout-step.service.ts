import { sql, type Kysely, type Transaction } from 'kysely'
import type { RolloutState } from '#contract/rollout'
import type { WebhookEvent } from '#contract/webhook'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { EngineEvent, RolloutSituation, RolloutStep } from './engine/situation.engine.ts'
import { advanceRollout } from './engine/step.engine.ts'
import { judgePhase } from './engine/phases.engine.ts'
import { beginRollBack } from './engine/verbs.engine.ts'
import { writeBytes } from './rollout-bytes.store.ts'
import { writeNext } from './rollout-due.store.ts'
import { admitJoined } from './rollout-newcomers.service.ts'
import { hasMoreToOffer, nextOfferAt, readNextWaiting } from './rollout-waiting.service.ts'
import { readMembers, writeDecisions } from './rollout-members.store.ts'
import { giveTargets, settleTargets, turnTargetsBack } from './rollout-targets.service.ts'
import { markPause } from './rollout-pauses.store.ts'
import { readSituation, writePhases, writeVerdict, type StoredRollout } from './rollout-phases.store.ts'
import { pinFleet } from './rollout-fleet.service.ts'
import { unfinished } from './engine/tally.engine.ts'
import { noCounts } from './rollout-rows.ts'
import { lockFleet, type Actor, type RolloutDeps } from './rollouts.service.ts'

type Trx = Transaction<Schema>

export type StepDeps = { db: Kysely<Schema> } & Pick<RolloutDeps, 'audit' | 'notify' | 'matchDevices'>
/**
 * `hasEnded`: no device of the rollout needs to be watched any more. `next`: what another step must look at, at once:
 * every device after the rollout turned back, the next ones that wait where there is more to offer.
 */
export type StepResult = {
  changes: Change[]
  hasEnded: boolean
  /** Devices that became members. */
  joined: number[]
  next: 'all' | 'waiting' | null
}
const nothing: StepResult = { changes: [], hasEnded: true, joined: [], next: null }
/** What a step looks at: these devices or all, and whether at devices that joined the fleet. */
export type AskedStep = { news: ReadonlySet<number> | 'all'; admits: boolean }

const changeOf = (rollout: StoredRollout, deviceIds: number[]): Change => ({
  kind: 'rollout',
  rolloutId: rollout.id,
  fleetId: rollout.fleet_id,
  deviceIds,
})

/** A rollout that devices still move in: `aborted` goes on watching what it had already offered. */
export const isWatched = (state: RolloutState) => state !== 'completed' && state !== 'rolled-back'

/** One transaction: lock the rollout, feed the engine, store every decision with its consequences and its words. */
export async function stepRollout(
  deps: StepDeps,
  trx: Trx,
  rolloutId: number,
  asked: AskedStep,
  now: Date,
): Promise<StepResult> {
  const rollout = await trx
    .selectFrom('rollout')
    .selectAll()
    .where('id', '=', rolloutId)
    .forUpdate()
    .executeTakeFirst()
  if (!rollout) return nothing
  if (!isWatched(rollout.state)) {
    await writeNext(trx, rollout, { isWatched: false, offerAt: null })
    return nothing
  }
  await lockFleet(trx, rollout.fleet_id)
  const joined = asked.admits ? await admitJoined(deps, trx, rollout) : []
  const situation = await readSituation(trx, rollout)
  const members = await readMembers(
    trx,
    rolloutId,
    asked.news === 'all' ? { kind: 'all' } : { kind: 'news', deviceIds: [...asked.news, ...joined], now },
  )
  const waiting = await readNextWaiting(trx, rollout, situation, now)
  const step = advanceRollout(situation, members, waiting.members, now.getTime())
  const stored = await storeStep(deps, trx, rollout, situation, step, now)
  const turnsBack = step.state === 'rolling-back' && rollout.state !== 'rolling-back'
  const turned = turnsBack ? await rollBack(deps, trx, { ...rollout, state: step.state }, now) : []
  const changes = [...stored, ...turned]
  const left = step.phases.reduce((sum, phase) => sum + unfinished(phase.tally), 0)
  const hasEnded = !isWatched(step.state) || (step.state === 'aborted' && left === 0)
  await writeNext(trx, rollout, {
    isWatched: !hasEnded,
    offerAt: nextOfferAt(step, rollout.plan, waiting, now),
  })
  if (joined.length > 0) changes.push(changeOf(rollout, joined))
  const hasMore = hasMoreToOffer(step, rollout.plan, waiting, now)
  return { changes, hasEnded, joined, next: turnsBack ? 'all' : hasMore ? 'waiting' : null }
}

/** Stores a step of the engine, or what a verb made of it. */
export async function storeStep(
  deps: StepDeps,
  trx: Trx,
  rollout: StoredRollout,
  before: RolloutSituation,
  step: RolloutStep,
  now: Date,
): Promise<Change[]> {
  const offers = step.decisions.filter((decision) => decision.isOffer).map((decision) => decision.deviceId)
  const changes: Change[] = await giveTargets(trx, rollout, offers, now)
  await writeDecisions(trx, rollout.id, step.decisions, now)
  await writePhases(trx, rollout.id, step.phases, before.phases)
  const arrived = step.decisions.filter(
    ({ record }) => record.state === 'verifying' || record.state === 'succeeded',
  )
  await writeBytes(
    trx,
    rollout.id,
    arrived.map((decision) => decision.deviceId),
  )
  changes.push(...(await settleTargets(trx, rollout, step)))
  const isNews = step.decisions.length + step.events.length > 0 || step.state !== rollout.state
  if (!isNews && step.starts.count === before.starts.count) return changes
  const isOver = !isWatched(step.state)
  const tripped = step.events.find((event) => event.kind === 'tripped' || event.kind === 'phase-late')
  await trx
    .updateTable('rollout')
    .set({
      state: step.state,
      starts_minute: new Date(step.starts.minuteMs),
      starts_count: step.starts.count,
      ...(isOver ? { finished_at: now } : {}),
      ...(tripped ? { halt_reason: tripped.sentence } : {}),
    })
    .where('id', '=', rollout.id)
    .execute()
  await keepVerdicts(trx, rollout, before, step)
  if (step.state !== rollout.state)
    await markPause(
      trx,
      rollout.id,
      step.state,
      { actor: 'Wheelhouse', reason: tripped?.sentence ?? '' },
      now,
    )
  changes.push(...(await tell(deps, trx, rollout, step)))
  const releaseId = rollout.filter === null && step.state === 'running' ? rollout.release_id : null
  if (releaseId !== null && (await isFleetDue(trx, rollout)))
    // One by one: a call takes no hundred thousand arguments, and a fleet may have as many devices.
    for (const change of await pinFleet(trx, rollout.fleet_id, releaseId, now)) changes.push(change)
  await sample(trx, rollout.id, step, now)
  changes.push(
    changeOf(
      rollout,
      step.decisions.map((decision) => decision.deviceId),
    ),
  )
  if (step.state !== rollout.state) changes.push({ kind: 'fleet', fleetId: rollout.fleet_id })
  return changes
}

/** Gives every touched device its former target back and sets it on its way; the same for a verb and for a trip. */
export async function rollBack(
  deps: StepDeps,
  trx: Trx,
  rollout: StoredRollout,
  now: Date,
): Promise<Change[]> {
  const changes = await turnTargetsBack(trx, rollout, now)
  const situation = await readSituation(trx, rollout)
  const members = await readMembers(trx, rollout.id, { kind: 'all' })
  const step = beginRollBack(situation, members, now.getTime())
  return [...changes, ...(await storeStep(deps, trx, rollout, situation, step, now))]
}

/** Keeps the figures of gates that passed in this step, and of the one in which the rollout stops or turns back. */
async function keepVerdicts(
  trx: Trx,
  rollout: StoredRollout,
  before: RolloutSituation,
  step: RolloutStep,
): Promise<void> {
  const stops = step.events.some((event) => event.kind === 'tripped' || event.kind === 'phase-late')
  for (const phase of step.phases) {
    const hasPassed = phase.state === 'passed' && before.phases[phase.index]?.state !== 'passed'
    if (!hasPassed && !(phase.state === 'open' && stops)) continue
    const criteria = judgePhase({ plan: rollout.plan, phases: step.phases }, phase.index)
    await writeVerdict(trx, rollout.id, phase.index, criteria)
  }
}

/** What webhooks are told of an event of the engine; null: nothing. */
function eventFor(kind: EngineEvent['kind'], state: RolloutState): WebhookEvent | null {
  switch (kind) {
    case 'tripped':
      return state === 'rolling-back' ? 'rollout.rolling-back' : 'rollout.paused'
    case 'phase-late':
      return 'rollout.paused'
    case 'awaiting-approval':
    case 'completed':
    case 'rolled-back':
      return `rollout.${kind}`
    case 'phase-opened':
    case 'phase-passed':
      return null
  }
}

const engine: Actor = { name: 'Wheelhouse', kind: 'system', userId: null }

/** What the engine decided goes into the audit log, where the timeline of the rollout reads it. */
async function tell(
  deps: StepDeps,
  trx: Trx,
  rollout: StoredRollout,
  { events, state }: RolloutStep,
): Promise<Change[]> {
  const changes: Change[] = []
  for (const event of events) {
    const told = eventFor(event.kind, state)
    if (told) {
      const news = { event: told, rolloutId: rollout.id, summary: event.sentence, actor: engine, state }
      changes.push(...(await deps.notify(trx, news)))
    }
    await deps.audit(trx, {
      actor: engine,
      action: `rollout.${event.kind}`,
      subjectKind: 'rollout',
      subjectId: String(rollout.id),
      fleetId: rollout.fleet_id,
      summary: event.sentence,
      data: { phaseIndex: event.phaseIndex, criterion: event.criterion },
    })
  }
  return changes
}

/**
 * Whether the fleet's own target must still be moved to the release. Waiting devices of a paused or rated
 * rollout must not get it through the fleet, so it moves only when nobody waits any more.
 */
async function isFleetDue(trx: Trx, rollout: StoredRollout): Promise<boolean> {
  const result = await sql<{ due: boolean }>`
    select (f.target_release_id is distinct from ${rollout.release_id}::bigint)
      -- What somebody has set meanwhile is theirs.
      and f.policy = ${rollout.previous_policy}
      and f.target_release_id is not distinct from ${rollout.previous_target_release_id}::bigint
      and not exists (
      select 1 from rollout_device rd
      where rd.rollout_id = ${rollout.id} and rd.state in ('waiting', 'offline') and rd.offered_at is null) as due
    from fleet f where f.id = ${rollout.fleet_id}`.execute(trx)
  return result.rows[0]?.due ?? false
}

/** At most one sample a second; the latest of a second wins. */
async function sample(trx: Trx, rolloutId: number, step: RolloutStep, now: Date): Promise<void> {
  const sum = noCounts()
  for (const phase of step.phases)
    for (const [state, n] of Object.entries(phase.tally.states)) sum[state as keyof typeof sum] += n
  const counts = JSON.stringify(sum)
  const at = new Date(Math.floor(now.getTime() / 1000) * 1000)
  await trx
    .insertInto('rollout_sample')
    .values({ rollout_id: rolloutId, at, counts })
    .onConflict((conflict) => conflict.columns(['rollout_id', 'at']).doUpdateSet({ counts }))
    .execute()
}
