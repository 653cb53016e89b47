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
import type { RolloutDeps } from './rollouts.service.ts'

type Trx = Transaction<Schema>

export type RunnerDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: RolloutDeps['audit']
  onError: (error: unknown, rolloutId: number) => void
}

/** One transaction: lock the rollout, feed the engine, store every decision with its consequences. */
async function stepInTransaction(
  trx: Trx,
  rolloutId: number,
  changed: ReadonlySet<number> | 'all',
  now: Date,
  audit: RolloutDeps['audit'],
): Promise<Change[]> {
  const rollout = await trx
    .selectFrom('rollout')
    .selectAll()
    .where('id', '=', rolloutId)
    .forUpdate()
    .executeTakeFirst()
  if (!rollout || !isWatched(rollout.state)) return []
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
  if (
    rollout.state === 'running' &&
    rollout.filter === null &&
    (await isFleetDue(trx, rollout.fleet_id, rollout.release_id))
  ) {
    changes.push(...(await pinFleet(trx, rollout.fleet_id, rollout.release_id, now)))
  }
  const settled = await settle(trx, rolloutId, rollout.state, now)
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
  return changes
}

/**
 * Whether the fleet's own target must still be moved to the release. Waiting devices of a paused or rated
 * rollout must not get it through the fleet, so it moves only when nobody waits any more.
 */
async function isFleetDue(trx: Trx, fleetId: number, releaseId: number): Promise<boolean> {
  const result = await sql<{ due: boolean }>`
    select (f.target_release_id is distinct from ${releaseId}::bigint) and not exists (
      select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where ro.fleet_id = f.id and ro.state in ('running', 'paused') and ro.release_id = ${releaseId}
        and rd.state in ('waiting', 'offline') and rd.offered_at is null) as due
    from fleet f where f.id = ${fleetId}`.execute(trx)
  return result.rows[0]?.due ?? false
}

async function settle(trx: Trx, rolloutId: number, state: RolloutState, now: Date): Promise<boolean> {
  const unfinished = await sql<{ count: number }>`
    select count(*)::int as count from rollout_device
    where rollout_id = ${rolloutId} and state not in ('succeeded', 'failed', 'rolled-back', 'skipped')`.execute(
    trx,
  )
  const next = settleRollout(state, unfinished.rows[0]?.count ?? 0)
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
  readonly #owner = new Map<number, number>()
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
  async wake(rolloutId: number): Promise<void> {
    const members = await this.#deps.db
      .selectFrom('rollout_device')
      .select('device_id')
      .where('rollout_id', '=', rolloutId)
      .where('state', 'not in', ['succeeded', 'failed', 'rolled-back', 'skipped'])
      .execute()
    for (const member of members) this.#owner.set(member.device_id, rolloutId)
    this.#pending.set(rolloutId, 'all')
    await this.#drain()
  }

  /** Change listener: cheap for devices that belong to no rollout. */
  observe(changes: readonly Change[]): void {
    let isDue = false
    for (const change of changes) {
      if (change.kind !== 'device') continue
      const rolloutId = this.#owner.get(change.deviceId)
      if (rolloutId === undefined) continue
      const pending = this.#pending.get(rolloutId)
      if (pending === 'all') continue
      if (pending) pending.add(change.deviceId)
      else this.#pending.set(rolloutId, new Set([change.deviceId]))
      isDue = true
    }
    if (isDue) void this.#drain()
  }

  /** Periodic job: soaks end by time alone. Looks only at rollouts that have devices on their way. */
  async tick(): Promise<void> {
    for (const rolloutId of new Set(this.#owner.values())) {
      if (!this.#pending.has(rolloutId)) this.#pending.set(rolloutId, new Set())
    }
    await this.#drain()
  }

  /** Resolves when no step is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
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
        const changes = await this.#deps.db
          .transaction()
          .execute((trx) => stepInTransaction(trx, rolloutId, changed, now, this.#deps.audit))
        this.#forgetFinished(rolloutId, changes)
        this.#deps.publish(changes)
      } catch (error) {
        this.#deps.onError(error, rolloutId)
      }
    }
  }

  #forgetFinished(rolloutId: number, changes: readonly Change[]): void {
    const isSettled =
      changes.some((change) => change.kind === 'fleet') && changes.some((change) => change.kind === 'rollout')
    if (!isSettled) return
    // The members of a settled rollout are learnt again should it be retried or rolled back.
    void this.#forgetIfOver(rolloutId)
  }

  async #forgetIfOver(rolloutId: number): Promise<void> {
    const rollout = await this.#deps.db
      .selectFrom('rollout')
      .select('state')
      .where('id', '=', rolloutId)
      .executeTakeFirst()
    if (rollout && isWatched(rollout.state)) return
    for (const [deviceId, owner] of this.#owner) if (owner === rolloutId) this.#owner.delete(deviceId)
  }
}
