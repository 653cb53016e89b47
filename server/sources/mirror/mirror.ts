import { setTimeout as wait } from 'node:timers/promises'
import type { SourceFeed, SourceProblem, SourceReading } from '#contract/source'
import type { Change } from '../../platform/changes.ts'
import { SourceFailure } from '../source-failure.ts'
import { LineMirror } from './line-mirror.ts'
import type { MirrorDeps } from './mirror-deps.ts'
import { changesEveryMs, lookedAtFleets, pace } from './mirror-pace.rules.ts'
import {
  removeGone,
  takeAllDevices,
  takeDevices,
  takeFleets,
  takeReleases,
  takeVariables,
} from './mirror-rounds.ts'
import { pushTargets } from './target-push.service.ts'
import { countToPush } from './target-push.store.ts'

/** How long nothing is looked at between two rounds; what is due is due to within this. */
const TURN_MS = 250
/** After a failure that is none of the source, such as a store that is away. */
const AFTER_FAILURE_MS = 2_000

type Kind = SourceFeed['name']
/** Of the source's own limits; null: it has none. */
export type Budget = { perMinute: number; lastMinute: number; quietUntilMs: number | null }

/**
 * Keeps what is stored here the same as what a source tells, and sets there what is set here. One thing after the other, so that
 * nothing that was read before a pin was set can be taken for what came after it. Only the leading gateway runs it.
 */
export class Mirror {
  readonly #deps: MirrorDeps
  readonly #budget: () => Budget
  readonly #lines: LineMirror
  readonly #readAtMs = new Map<Kind, number>()
  #dueAtMs = new Map<Kind, number>()
  #fleets: string[] = []
  #nextVariables = 0
  #position: string | null = null
  #problem: SourceProblem | null = null
  #hasAll = false
  #isPushDue = true
  #pushedAtMs = 0
  #waitingTargets = 0
  #running: { end: AbortController; done: Promise<void> } | null = null

  constructor(deps: MirrorDeps, budget: () => Budget) {
    this.#deps = deps
    this.#budget = budget
    this.#lines = new LineMirror(deps)
  }

  /** Reads from here on. What was known of it before is read anew. */
  start(): void {
    if (this.#running) return
    const end = new AbortController()
    this.#position = null
    this.#hasAll = false
    this.#fleets = []
    this.#dueAtMs = new Map()
    this.#isPushDue = true
    this.#running = { end, done: this.#run(end.signal) }
  }

  /** Another gateway reads, or this one ends. */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = null
    this.#lines.stop()
    running?.end.abort()
    await running?.done
  }

  /** Change listener: targets that moved are set there. */
  observe(changes: readonly Change[]): void {
    const isTarget = (change: Change) =>
      change.kind === 'fleet' || (change.kind === 'device' && change.aspects.has('target'))
    if (changes.some(isTarget)) this.#isPushDue = true
  }

  status(): SourceReading {
    const budget = this.#budget()
    const readAtMs = this.#readAtMs.get('devices')
    const state = !this.#running
      ? 'waiting'
      : this.#problem
        ? 'failing'
        : this.#hasAll
          ? 'reading'
          : 'beginning'
    const iso = (ms: number | null | undefined) =>
      ms === null || ms === undefined ? null : new Date(ms).toISOString()
    const feed = (name: Kind, everyMs: number): SourceFeed => ({
      name,
      readAt: iso(this.#readAtMs.get(name)),
      everySeconds: everyMs / 1000,
    })
    return {
      state,
      problem: this.#problem,
      readAt: iso(readAtMs),
      feeds: [
        feed('devices', this.#changesEveryMs()),
        feed('fleets', pace.fleets),
        feed('releases', pace.unlooked),
        feed('variables', pace.variables),
        feed('removals', pace.removals),
      ],
      requestsLastMinute: budget.lastMinute,
      requestsPerMinute: budget.perMinute,
      quietUntil: iso(budget.quietUntilMs),
      waitingTargets: this.#waitingTargets,
    }
  }

  #changesEveryMs(): number {
    return changesEveryMs(this.#deps.watched(), this.#pushedAtMs, this.#nowMs())
  }

  #nowMs(): number {
    return this.#deps.now().getTime()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const isOver = () => signal.aborted
    while (!isOver()) {
      try {
        const hasRead = await this.#round(signal)
        if (hasRead) this.#tell(null)
        await wait(TURN_MS, undefined, { signal })
      } catch (error) {
        if (isOver()) return
        this.#fail(error)
        await wait(AFTER_FAILURE_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** Answers whether something was asked of the source. */
  async #round(signal: AbortSignal): Promise<boolean> {
    if (!this.#hasAll) {
      await this.#readAll(signal)
      return true
    }
    this.#lines.look()
    let hasRead = false
    const nowMs = this.#nowMs()
    const isDue = (kind: Kind) => nowMs >= (this.#dueAtMs.get(kind) ?? 0)
    if (this.#isPushDue) {
      await this.#push()
      hasRead = true
    }
    if (isDue('fleets')) {
      this.#fleets = await takeFleets(this.#deps, new Set(this.#fleets))
      this.#took('fleets', pace.fleets)
      hasRead = true
    }
    if (nowMs - (this.#readAtMs.get('devices') ?? 0) >= this.#changesEveryMs()) {
      await this.#takeChanges(signal)
      hasRead = true
    }
    if (isDue('variables')) {
      await this.#takeVariables()
      hasRead = true
    }
    if (isDue('removals')) {
      await removeGone(this.#deps)
      this.#took('removals', pace.removals)
      hasRead = true
    }
    return hasRead
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const atMs = this.#nowMs()
    const { position } = await this.#deps.source.changes(null)
    this.#fleets = await takeFleets(this.#deps, new Set())
    await takeAllDevices(this.#deps, signal)
    this.#position = position
    this.#took('fleets', pace.fleets)
    this.#took('releases', pace.unlooked)
    this.#readAtMs.set('devices', atMs)
    this.#hasAll = true
  }

  async #takeChanges(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const atMs = this.#nowMs()
      const changes = await this.#deps.source.changes(this.#position)
      if (changes.isResync) {
        this.#hasAll = false
        return
      }
      await takeReleases(this.#deps, changes.releases)
      await takeDevices(this.#deps, changes.devices)
      this.#position = changes.position
      if (changes.isMore) continue
      this.#readAtMs.set('devices', atMs)
      this.#readAtMs.set('releases', atMs)
      return
    }
  }

  /** One fleet after the other, those first that somebody looks at. */
  async #takeVariables(): Promise<void> {
    const uuid = this.#fleets[this.#nextVariables % Math.max(1, this.#fleets.length)]
    const looked = await this.#lookedAtUuids()
    for (const wanted of new Set([...looked, ...(uuid === undefined ? [] : [uuid])]))
      await takeVariables(this.#deps, wanted)
    this.#nextVariables += 1
    this.#took('variables', pace.variables)
  }

  async #lookedAtUuids(): Promise<string[]> {
    const ids = lookedAtFleets(this.#deps.watched())
    if (ids.length === 0) return []
    const rows = await this.#deps.db.selectFrom('fleet').select('uuid').where('id', 'in', ids).execute()
    return rows.map(({ uuid }) => uuid).filter((uuid) => this.#fleets.includes(uuid))
  }

  async #push(): Promise<void> {
    this.#isPushDue = false
    try {
      this.#isPushDue = await pushTargets(this.#deps)
      this.#pushedAtMs = this.#nowMs()
    } catch (error) {
      this.#isPushDue = true
      throw error
    } finally {
      this.#waitingTargets = await countToPush(this.#deps.db).catch(() => this.#waitingTargets)
    }
  }

  #took(kind: Kind, everyMs: number): void {
    const nowMs = this.#nowMs()
    this.#readAtMs.set(kind, nowMs)
    this.#dueAtMs.set(kind, nowMs + everyMs)
  }

  #fail(error: unknown): void {
    if (error instanceof SourceFailure) {
      const isSame = this.#problem?.code === error.code && this.#problem.sentence === error.message
      if (!isSame) this.#deps.log.warn({ err: error }, 'the fleet source cannot be read')
      const since = isSame && this.#problem ? this.#problem.since : this.#deps.now().toISOString()
      this.#tell({ code: error.code, sentence: error.message, since })
      return
    }
    this.#deps.log.error({ err: error }, 'what was read of the fleet source could not be stored')
    this.#tell({
      code: 'unexpected',
      sentence: 'What was read could not be stored; the log of the gateway says why.',
      since: this.#problem?.since ?? this.#deps.now().toISOString(),
    })
  }

  #tell(problem: SourceProblem | null): void {
    this.#problem = problem
    this.#deps.publish([{ kind: 'source' }])
  }
}
