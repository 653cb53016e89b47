import { sql, type Kysely, type Transaction } from 'kysely'
import type { RolloutState } from '#contract/rollout'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets } from '../../platform/device-target.ts'
import {
  assignRelease,
  countUpdatingElsewhere,
  readMembers,
  writeBytes,
  writeDecisions,
  type MemberScope,
} from './rollout-members.store.ts'
import { advanceRollout, isWatched, settleRollout, type RolloutDecision } from './rollouts.engine.ts'
import { noCounts } from './rollouts.store.ts'
import { pinFleet } from './rollout-verbs.service.ts'
import { lockFleet, type RolloutDeps } from './rollouts.service.ts'

type Trx = Transaction<Schema>

export type RunnerDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: RolloutDeps['audit']
  onError: (error: unknown, rolloutId: number) => void
}

/** `hasEnded`: no device of the rollout needs to be watched any more. */
type Step = { changes: Change[]; hasEnded: boolean }

/** One transaction: lock the rollout, feed the engine, store every decision with its consequences. */
async function stepInTransaction(
  trx: Trx,
  rolloutId: number,
  changed: ReadonlySet<number> | 'all',
  now: Date,
  audit: RolloutDeps['audit'],
): Promise<Step> {
  const rollout = await trx
    .selectFrom('rollout')
    .selectAll()
    .where('id', '=', rolloutId)
    .forUpdate()
    .executeTakeFirst()
  if (!rollout || !isWatched(rollout.state)) return { changes: [], hasEnded: true }
  await lockFleet(trx, rollout.fleet_id)
  const soakMs = Math.min(...rollout.plan.phases.map((phase) => phase.soakSeconds)) * 1000
  const scope: MemberScope =
    changed === 'all'
      ? { kind: 'all' }
      : { kind: 'changed', deviceIds: [...changed], soakEndedBefore: new Date(now.getTime() - soakMs) }
  const members = await readMembers(trx, rolloutId, scope)
  const elsewhere = await countUpdatingElsewhere(
    trx,
    rolloutId,
    members.map((member) => member.deviceId),
  )
  const openPhase = rollout.plan.phases.length - 1
  const decisions = advanceRollout(
    { state: rollout.state, releaseId: rollout.release_id, plan: rollout.plan, openPhase },
    members,
    elsewhere,
    now.getTime(),
  )
  const offers = decisions.filter((decision) => decision.isOffer).map((decision) => decision.deviceId)
  await assignRelease(trx, rolloutId, rollout.release_id, offers, now)
  await writeDecisions(trx, rolloutId, decisions, now)
  await writeBytes(
    trx,
    rolloutId,
    decisions.filter((d) => d.state === 'verifying' || d.state === 'succeeded').map((d) => d.deviceId),
  )
  const changes: Change[] = await recomputeTargets(trx, { deviceIds: offers }, now)
  if (rollout.state === 'running' && rollout.filter === null && (await isFleetDue(trx, rollout))) {
    changes.push(...(await pinFleet(trx, rollout.fleet_id, rollout.release_id, now)))
  }
  const unfinished = await countUnfinished(trx, rolloutId)
  const settled = await settle(trx, rolloutId, settleRollout(rollout.state, unfinished), now)
  if (decisions.length > 0 || settled) {
    await sample(trx, rolloutId, now)
    changes.push({
      kind: 'rollout',
      rolloutId,
      fleetId: rollout.fleet_id,
      deviceIds: decisions.map((d: RolloutDecision) => d.deviceId),
    })
    if (settled) {
      await tellEnd(trx, rollout, audit)
      changes.push({ kind: 'fleet', fleetId: rollout.fleet_id })
    }
  }
  return { changes, hasEnded: settled || (rollout.state === 'aborted' && unfinished === 0) }
}

/**
 * Whether the fleet's own target must still be moved to the release. Waiting devices of a paused or rated
 * rollout must not get it through the fleet, so it moves only when nobody waits any more.
 */
async function isFleetDue(
  trx: Trx,
  rollout: {
    fleet_id: number
    release_id: number
    previous_policy: string
    previous_target_release_id: number | null
  },
): Promise<boolean> {
  const { release_id: releaseId } = rollout
  const result = await sql<{ due: boolean }>`
    select (f.target_release_id is distinct from ${releaseId}::bigint)
      -- What somebody has set meanwhile is theirs.
      and f.policy = ${rollout.previous_policy}
      and f.target_release_id is not distinct from ${rollout.previous_target_release_id}::bigint
      and not exists (
      select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where ro.fleet_id = f.id and ro.state in ('running', 'paused') and ro.release_id = ${releaseId}
        and rd.state in ('waiting', 'offline') and rd.offered_at is null) as due
    from fleet f where f.id = ${rollout.fleet_id}`.execute(trx)
  return result.rows[0]?.due ?? false
}

async function countUnfinished(trx: Trx, rolloutId: number): Promise<number> {
  const unfinished = await sql<{ count: number }>`
    select count(*)::int as count from rollout_device
    where rollout_id = ${rolloutId} and state not in ('succeeded', 'failed', 'rolled-back', 'skipped')`.execute(
    trx,
  )
  return unfinished.rows[0]?.count ?? 0
}

async function settle(trx: Trx, rolloutId: number, next: RolloutState | null, now: Date): Promise<boolean> {
  if (next === null) return false
  await trx
    .updateTable('rollout')
    .set({ state: next, finished_at: now })
    .where('id', '=', rolloutId)
    .execute()
  return true
}

/** The timeline says when and how a rollout came to its end. */
async function tellEnd(
  trx: Trx,
  rollout: { id: number; fleet_id: number; state: RolloutState },
  audit: RolloutDeps['audit'],
): Promise<void> {
  const counted = await sql<{ state: string; count: number }>`
    select state, count(*)::int as count from rollout_device where rollout_id = ${rollout.id}
    group by state order by count desc`.execute(trx)
  const spread = counted.rows.map((row) => `${row.count} ${row.state.replaceAll('-', ' ')}`).join(', ')
  const isBack = rollout.state === 'rolling-back'
  await audit(trx, {
    actor: { name: 'Wheelhouse', kind: 'system' },
    action: isBack ? 'rollout.rolled-back' : 'rollout.completed',
    subjectKind: 'rollout',
    subjectId: String(rollout.id),
    fleetId: rollout.fleet_id,
    summary: `Rollout ${rollout.id} ${isBack ? 'is rolled back' : 'completed'}: ${spread}`,
  })
}

/** At most one sample a second; the latest of a second wins. */
async function sample(trx: Trx, rolloutId: number, now: Date): Promise<void> {
  const counted = await sql<{ counts: Record<string, number> | null }>`
    select jsonb_object_agg(state, count) as counts from (
      select state, count(*)::int as count from rollout_device where rollout_id = ${rolloutId} group by state) by_state`.execute(
    trx,
  )
  const counts = JSON.stringify({ ...noCounts(), ...counted.rows[0]?.counts })
  const at = new Date(Math.floor(now.getTime() / 1000) * 1000)
  await trx
    .insertInto('rollout_sample')
    .values({ rollout_id: rolloutId, at, counts })
    .onConflict((conflict) => conflict.columns(['rollout_id', 'at']).doUpdateSet({ counts }))
    .execute()
}

/** Steps rollouts when their devices change and when a soak may have ended; one step a rollout at a time. */
export class RolloutRunner {
  readonly #deps: RunnerDeps
  readonly #pending = new Map<number, Set<number> | 'all'>()
  /** The rollouts a device is on its way in; an aborted one goes on watching what a later one may own. */
  readonly #owners = new Map<number, Set<number>>()
  /** Rollouts whose last step failed: the next tick looks at all of them anew. */
  readonly #failed = new Set<number>()
  readonly #waking = new Set<Promise<void>>()
  #running: Promise<void> | null = null

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  /** Reads which devices belong to watched rollouts, and looks at all of them once: after a start. */
  async start(): Promise<void> {
    const rows = await sql<{ id: number }>`
      select id from rollout where state in ('running', 'paused', 'rolling-back') or (state = 'aborted' and exists (
        select 1 from rollout_device rd where rd.rollout_id = rollout.id
          and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')))`.execute(this.#deps.db)
    for (const row of rows.rows) await this.wake(row.id)
  }

  /** Learns the members of a rollout and steps it as a whole. */
  wake(rolloutId: number): Promise<void> {
    const waking = this.#wake(rolloutId).finally(() => this.#waking.delete(waking))
    this.#waking.add(waking)
    return waking
  }

  async #wake(rolloutId: number): Promise<void> {
    const members = await this.#deps.db
      .selectFrom('rollout_device')
      .select('device_id')
      .where('rollout_id', '=', rolloutId)
      .where('state', 'not in', ['succeeded', 'failed', 'rolled-back', 'skipped'])
      .execute()
    for (const { device_id: deviceId } of members) {
      const owners = this.#owners.get(deviceId) ?? new Set()
      this.#owners.set(deviceId, owners.add(rolloutId))
    }
    this.#pending.set(rolloutId, 'all')
    await this.#drain()
  }

  /** Change listener: cheap for devices that belong to no rollout. */
  observe(changes: readonly Change[]): void {
    let isDue = false
    for (const change of changes) {
      if (change.kind !== 'device') continue
      for (const rolloutId of this.#owners.get(change.deviceId) ?? []) {
        const pending = this.#pending.get(rolloutId)
        if (pending === 'all') continue
        if (pending) pending.add(change.deviceId)
        else this.#pending.set(rolloutId, new Set([change.deviceId]))
        isDue = true
      }
    }
    if (isDue) void this.#drain()
  }

  /** Periodic job: soaks end by time alone. Looks only at rollouts that have devices on their way. */
  async tick(): Promise<void> {
    for (const rolloutId of this.#failed) this.#pending.set(rolloutId, 'all')
    this.#failed.clear()
    for (const rolloutId of new Set([...this.#owners.values()].flatMap((owners) => [...owners]))) {
      if (!this.#pending.has(rolloutId)) this.#pending.set(rolloutId, new Set())
    }
    await this.#drain()
  }

  /** Resolves when no step is under way or asked for. */
  async idle(): Promise<void> {
    while (this.#running || this.#waking.size > 0) await Promise.allSettled([this.#running, ...this.#waking])
  }

  /** Resolves when no step is under way and none is due. */
  async #drain(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = null))
    await this.#running
  }

  async #run(): Promise<void> {
    for (let next = this.#pending.entries().next(); !next.done; next = this.#pending.entries().next()) {
      const [rolloutId, changed] = next.value
      this.#pending.delete(rolloutId)
      try {
        const now = this.#deps.now()
        const { changes, hasEnded } = await this.#deps.db
          .transaction()
          .execute((trx) => stepInTransaction(trx, rolloutId, changed, now, this.#deps.audit))
        // The members of an ended rollout are learnt again should it be retried or rolled back.
        if (hasEnded) this.#forget(rolloutId)
        this.#deps.publish(changes)
      } catch (error) {
        this.#failed.add(rolloutId)
        this.#deps.onError(error, rolloutId)
      }
    }
  }

  #forget(rolloutId: number): void {
    for (const [deviceId, owners] of this.#owners) {
      owners.delete(rolloutId)
      if (owners.size === 0) this.#owners.delete(deviceId)
    }
  }
}
