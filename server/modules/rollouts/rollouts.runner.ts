import type { Kysely } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { readDue, readHeardSince, readWatched } from './rollout-due.store.ts'
import { RolloutOwners } from './rollout-owners.store.ts'
import { stepRollout, type AskedStep } from './rollout-step.service.ts'
import type { RolloutDeps } from './rollouts.service.ts'

export type RunnerDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  matchDevices: RolloutDeps['matchDevices']
  audit: RolloutDeps['audit']
  notify: RolloutDeps['notify']
  /** Whether this gateway leads now; asked before every step. */
  isLeading: () => boolean
  onError: (error: unknown, rolloutId: number) => void
}

/** Longer than the time between two turns of catching up. */
const CATCH_UP_MS = 3 * 60_000

/** Steps rollouts when their devices change and when something is due; one step a rollout at a time. */
export class RolloutRunner {
  readonly #deps: RunnerDeps
  readonly #owners: RolloutOwners
  readonly #pending = new Map<number, AskedStep>()
  /** Rollouts whose last step failed: the next tick looks at all of them anew. */
  readonly #failed = new Set<number>()
  readonly #waking = new Set<Promise<void>>()
  #running: Promise<void> | null = null

  constructor(deps: RunnerDeps) {
    this.#deps = deps
    this.#owners = new RolloutOwners(deps.db)
  }

  /** Looks at every device of every rollout that is under way, once: when this gateway begins to lead. */
  async start(): Promise<void> {
    for (const rolloutId of await readWatched(this.#deps.db)) await this.wake(rolloutId)
  }

  /** Forgets everything: another gateway leads. A step under way ends by itself; its rollout is locked meanwhile. */
  rest(): void {
    this.#pending.clear()
    this.#failed.clear()
    this.#owners.clear()
  }

  /** Learns the members of a rollout and steps it as a whole, where this gateway leads; else the leader is asked by the store. */
  wake(rolloutId: number): Promise<void> {
    if (!this.#deps.isLeading()) return Promise.resolve()
    const waking = this.#wake(rolloutId).finally(() => this.#waking.delete(waking))
    this.#waking.add(waking)
    return waking
  }

  #wakeAside(rolloutId: number): void {
    this.wake(rolloutId).catch((error: unknown) => this.#deps.onError(error, rolloutId))
  }

  async #wake(rolloutId: number): Promise<void> {
    await this.#owners.learn(rolloutId)
    this.#pending.set(rolloutId, { news: 'all', admits: true })
    await this.#drain()
  }

  /** Change listener: cheap for devices that belong to no rollout. */
  observe(changes: readonly Change[], isForeign = false): void {
    if (!this.#deps.isLeading()) return
    let isDue = false
    for (const change of changes) {
      // A verb or a start on a gateway that does not lead. Only the leader steps, so its own steps never come back here.
      if (isForeign && change.kind === 'rollout') this.#wakeAside(change.rolloutId)
      if (change.kind !== 'device' && change.kind !== 'device-removed') continue
      for (const rolloutId of this.#owners.of(change.deviceId)) {
        this.#ask(rolloutId, { news: new Set([change.deviceId]), admits: false })
        isDue = true
      }
    }
    if (isDue) void this.#drain()
  }

  /** Periodic job: what time alone brings, what was asked for on another gateway, who joined. One query where nothing is. */
  async tick(): Promise<void> {
    if (!this.#deps.isLeading()) return
    for (const rolloutId of this.#failed) this.#ask(rolloutId, { news: 'all', admits: true })
    this.#failed.clear()
    for (const due of await readDue(this.#deps.db, this.#deps.now())) {
      // One that was started, or begun anew, on another gateway.
      if (!this.#owners.knows(due.id)) await this.#owners.learn(due.id)
      this.#ask(due.id, { news: due.isAsked ? 'all' : new Set(), admits: due.hasNewcomers })
    }
    await this.#drain()
  }

  /**
   * Rare job: news of devices on their way that never reached this gateway, because the one that stored them died before
   * it told.
   */
  async catchUp(): Promise<void> {
    if (!this.#deps.isLeading()) return
    const since = new Date(this.#deps.now().getTime() - CATCH_UP_MS)
    for (const { rolloutId, deviceId } of await readHeardSince(this.#deps.db, since))
      this.#ask(rolloutId, { news: new Set([deviceId]), admits: false })
    await this.#drain()
  }

  /** Resolves when no step is under way or asked for. */
  async idle(): Promise<void> {
    while (this.#running || this.#waking.size > 0) await Promise.allSettled([this.#running, ...this.#waking])
  }

  #ask(rolloutId: number, more: AskedStep): void {
    const held = this.#pending.get(rolloutId)
    this.#pending.set(rolloutId, {
      news:
        held?.news === 'all' || more.news === 'all' ? 'all' : new Set([...(held?.news ?? []), ...more.news]),
      admits: more.admits || (held?.admits ?? false),
    })
  }

  /** Resolves when no step is under way and none is due. */
  async #drain(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = null))
    await this.#running
  }

  async #run(): Promise<void> {
    for (let next = this.#pending.entries().next(); !next.done; next = this.#pending.entries().next()) {
      // Leadership that was lost ends the work at once; whoever leads now looks at everything anew.
      if (!this.#deps.isLeading()) {
        this.rest()
        return
      }
      const [rolloutId, asked] = next.value
      this.#pending.delete(rolloutId)
      try {
        await this.#step(rolloutId, asked)
      } catch (error) {
        this.#failed.add(rolloutId)
        this.#deps.onError(error, rolloutId)
      }
    }
  }

  async #step(rolloutId: number, asked: AskedStep): Promise<void> {
    const now = this.#deps.now()
    const step = await this.#deps.db
      .transaction()
      .execute((trx) => stepRollout(this.#deps, trx, rolloutId, asked, now))
    this.#owners.add(rolloutId, step.joined)
    // The members of an ended rollout are learnt again should it be retried or rolled back.
    if (step.hasEnded) this.#owners.forget(rolloutId)
    else if (step.next !== null)
      this.#ask(rolloutId, { news: step.next === 'all' ? 'all' : new Set(), admits: false })
    this.#deps.publish(step.changes)
  }
}
