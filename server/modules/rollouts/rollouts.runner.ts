import { sql, type Kysely } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { stepRollout } from './rollout-step.service.ts'
import type { RolloutDeps } from './rollouts.service.ts'

export type RunnerDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: RolloutDeps['audit']
  notify: RolloutDeps['notify']
  onError: (error: unknown, rolloutId: number) => void
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
      // Devices that have succeeded are watched on: they may fall ill or silent while the gate is open.
      .where('state', 'not in', ['rolled-back', 'skipped'])
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
      if (change.kind !== 'device' && change.kind !== 'device-removed') continue
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
        const step = await this.#deps.db
          .transaction()
          .execute((trx) => stepRollout(this.#deps, trx, rolloutId, changed, now))
        // The members of an ended rollout are learnt again should it be retried or rolled back.
        if (step.hasEnded) this.#forget(rolloutId)
        else if (step.next === 'all') this.#pending.set(rolloutId, 'all')
        else if (step.next === 'waiting' && !this.#pending.has(rolloutId))
          this.#pending.set(rolloutId, new Set())
        this.#deps.publish(step.changes)
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
