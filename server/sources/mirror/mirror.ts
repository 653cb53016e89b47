import { setTimeout as wait } from 'node:timers/promises'
import type { SourceFeed, SourceProblem, SourceReading } from '#contract/source'
import type { Change } from '../../platform/changes.ts'
import type { SourceChanges } from '../fleet-source.ts'
import { SourceFailure } from '../source-failure.ts'
import { keepPollIntervals, noteRead } from './heard-mirror.store.ts'
import { LineMirror } from './line-mirror.ts'
import type { MirrorDeps } from './mirror-deps.ts'
import { changesEveryMs, lookedAtFleets, pace, shownDevices } from './mirror-pace.rules.ts'
import {
  removeGone,
  takeAllDevices,
  takeDevices,
  takeFleets,
  takeReleases,
  takeThese,
  takeVariables,
} from './mirror-rounds.ts'
import { pushTargets } from './target-push.service.ts'
import { countToPush } from './target-push.store.ts'

/** How long nothing is looked at between two rounds; what is due is due to within this. */
const TURN_MS = 250
/** So many turns pass after a failure; how long the source is left alone then, it or its budget says. */
const TURNS_AFTER_FAILURE = 8

/** After the source refused something, the same is asked again. */
const AFTER_REFUSAL_MS = 30_000
/** Failures that concern all that is asked. */
const ofEverything = new Set<SourceProblem['code']>(['address', 'certificate', 'token', 'busy'])

type Kind = SourceFeed['name']
type Step = Kind | 'targets'
/** Of the source's own limits; null: it has none. */
export type Budget = { perMinute: number; lastMinute: number; quietUntilMs: number | null }

/**
 * Keeps what is stored here the same as what a source tells, and sets there what is set here. One thing after the other, so that
 * nothing that was read before a pin was set can be taken for what came after it. Only the leading gateway runs it.
 */
export class Mirror {
  readonly #deps: MirrorDeps
  readonly #budget: () => Budget
  readonly #turnMs: number
  readonly #lines: LineMirror
  readonly #readAtMs = new Map<Kind, number>()
  #askedAtMs = new Map<Step, number>()
  /** What the source does not let be done while the rest goes on. */
  readonly #refusals = new Map<Step, SourceProblem>()
  #fleets: string[] = []
  #nextVariables = 0
  #position: string | null = null
  #problem: SourceProblem | null = null
  #hasAll = false
  #isPushDue = true
  #pushedAtMs = 0
  #waitingTargets = 0
  #shownAtMs = 0
  #running: { end: AbortController; done: Promise<void> } | null = null

  constructor(deps: MirrorDeps, budget: () => Budget, turnMs = TURN_MS) {
    this.#deps = deps
    this.#budget = budget
    this.#turnMs = turnMs
    this.#lines = new LineMirror(deps)
  }

  /** Reads from here on. What was known of it before is read anew. */
  start(): void {
    if (this.#running) return
    const end = new AbortController()
    this.#position = null
    this.#hasAll = false
    this.#fleets = []
    this.#askedAtMs = new Map()
    this.#refusals.clear()
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
    const problem = this.#problem ?? [...this.#refusals.values()][0] ?? null
    const state = !this.#running ? 'waiting' : problem ? 'failing' : this.#hasAll ? 'reading' : 'beginning'
    const iso = (ms: number | null | undefined) =>
      ms === null || ms === undefined ? null : new Date(ms).toISOString()
    const feed = (name: Kind, everyMs: number): SourceFeed => ({
      name,
      readAt: iso(this.#readAtMs.get(name)),
      everySeconds: everyMs / 1000,
    })
    return {
      state,
      problem,
      readAt: iso(readAtMs),
      shownReadAt: iso(readAtMs === undefined ? null : Math.max(readAtMs, this.#shownAtMs)),
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
        await wait(this.#turnMs, undefined, { signal })
      } catch (error) {
        if (isOver()) return
        this.#tell(this.#problemOf(error, this.#problem))
        await wait(TURNS_AFTER_FAILURE * this.#turnMs, undefined, { signal }).catch(() => undefined)
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
    const done = [
      this.#isPushDue && (await this.#step('targets', 0, () => this.#push())),
      await this.#step('fleets', pace.fleets, async () => {
        this.#fleets = await takeFleets(this.#deps, new Set(this.#fleets))
      }),
      await this.#step('devices', this.#changesEveryMs(), () => this.#takeChanges(signal)),
      await this.#step('variables', pace.variables, () => this.#takeVariables()),
      await this.#step('removals', pace.removals, () => removeGone(this.#deps)),
    ]
    return done.includes(true)
  }

  /**
   * Does what is due; answers whether it was. Where the source answers and only does not let this be done, the others go on: a
   * token that may not set pins still reads.
   */
  async #step(step: Step, everyMs: number, work: () => Promise<void>): Promise<boolean> {
    const atMs = this.#nowMs()
    const pauseMs = this.#refusals.has(step) ? Math.max(everyMs, AFTER_REFUSAL_MS) : everyMs
    if (atMs - (this.#askedAtMs.get(step) ?? -Infinity) < pauseMs) return false
    try {
      await work()
      this.#refusals.delete(step)
      if (step !== 'targets') this.#readAtMs.set(step, atMs)
    } catch (error) {
      if (!(error instanceof SourceFailure) || ofEverything.has(error.code)) throw error
      this.#refusals.set(step, this.#problemOf(error, this.#refusals.get(step) ?? null))
    }
    this.#askedAtMs.set(step, atMs)
    return true
  }

  /**
   * Reads what is on screen by itself where a round takes longer than that may be old. What the round has read of those devices is
   * older, or newer by a little: it is passed over, and they are read once more after it.
   */
  async #takeShown(apart: Set<string>): Promise<ReadonlySet<string>> {
    const atMs = this.#nowMs()
    const freshAtMs = Math.max(this.#shownAtMs, this.#readAtMs.get('devices') ?? 0)
    const uuids = atMs - freshAtMs < pace.shown ? [] : shownDevices(this.#deps.watched())
    if (uuids.length === 0) return apart
    await takeThese(this.#deps, uuids)
    this.#shownAtMs = atMs
    for (const uuid of uuids) apart.add(uuid)
    return apart
  }

  async #readChanges(position: string | null, apart: Set<string>): Promise<SourceChanges> {
    const reading = this.#deps.source.changes(position)
    const end = reading.then(
      () => true,
      () => true,
    )
    while (!(await Promise.race([end, wait(pace.shown / 4, false, { ref: false })])))
      await this.#takeShown(apart)
    return reading
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    const atMs = this.#nowMs()
    const { position } = await this.#deps.source.changes(null)
    this.#fleets = await takeFleets(this.#deps, new Set())
    await takeAllDevices(this.#deps, signal)
    // The setting may be another than before.
    await keepPollIntervals(this.#deps.db, this.#deps.pollIntervalMs)
    this.#position = position
    for (const kind of ['fleets', 'releases', 'devices'] as const) {
      this.#readAtMs.set(kind, atMs)
      this.#askedAtMs.set(kind, atMs)
    }
    this.#hasAll = true
  }

  async #takeChanges(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const atMs = this.#nowMs()
      const apart = new Set<string>()
      const changes = await this.#readChanges(this.#position, apart)
      if (changes.isResync) {
        this.#hasAll = false
        return
      }
      await takeReleases(this.#deps, changes.releases)
      await takeDevices(this.#deps, changes.devices, () => this.#takeShown(apart))
      await takeThese(this.#deps, [...apart])
      this.#position = changes.position
      if (changes.isMore) continue
      this.#readAtMs.set('releases', atMs)
      await noteRead(this.#deps.db, new Date(atMs))
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
      const { isMore, hasSet } = await pushTargets(this.#deps)
      this.#isPushDue = isMore
      if (hasSet) this.#pushedAtMs = this.#nowMs()
    } catch (error) {
      this.#isPushDue = true
      throw error
    } finally {
      this.#waitingTargets = await countToPush(this.#deps.db).catch(() => this.#waitingTargets)
    }
  }

  /** In words, and since when it is so: `before` is what was wrong until now. */
  #problemOf(error: unknown, before: SourceProblem | null): SourceProblem {
    const now = this.#deps.now().toISOString()
    if (!(error instanceof SourceFailure)) {
      this.#deps.log.error({ err: error }, 'what was read of the fleet source could not be stored')
      return {
        code: 'unexpected',
        sentence: 'What was read could not be stored; the log of the gateway says why.',
        since: before?.since ?? now,
      }
    }
    const isSame = before?.code === error.code && before.sentence === error.message
    if (!isSame) this.#deps.log.warn({ err: error }, 'the fleet source cannot be read')
    return { code: error.code, sentence: error.message, since: isSame ? before.since : now }
  }

  #tell(problem: SourceProblem | null): void {
    this.#problem = problem
    this.#deps.publish([{ kind: 'source' }])
  }
}
