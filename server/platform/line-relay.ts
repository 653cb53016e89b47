import type { Server } from 'socket.io'
import { z } from 'zod'
import type { ClientToServer, ServerToClient } from '#contract/events'
import { logLine } from '#contract/log'
import type { Change } from './changes.ts'

/** Who reads lines says so this often; who has not for longer than twice that is not sent any. */
const SAY_EVERY_MS = 5_000
const ANSWER_WITHIN_MS = 1_000

/** What gateways say to each other through the adapter of their sockets. */
export type BetweenGateways = {
  /** Somebody reads lines as they come: send what is stored from here on. */
  'lines:wanted': (heard: (answer: true) => void) => void
  lines: (payload: unknown) => void
}
export type LiveServer = Server<ClientToServer, ServerToClient, BetweenGateways>

const relayed = z.object({
  lines: z.array(logLine),
  fleetIdOf: z.array(z.tuple([z.string(), z.int()])),
})

type RelayDeps = {
  io: LiveServer
  nowMs: () => number
  isUp: () => boolean
  hasReaders: () => boolean
  publish: (changes: readonly Change[]) => void
  onError: (error: unknown) => void
}

/**
 * Brings log lines that one gateway stores to those who read them at another, while somebody does. Whoever begins to read
 * waits until the others have heard of it, and reads what is stored then: no line falls between.
 */
export class LineRelay {
  readonly #deps: RelayDeps
  #saidAtMs = -Infinity
  #wantedUntilMs = -Infinity
  #timer: NodeJS.Timeout | null = null

  constructor(deps: RelayDeps) {
    this.#deps = deps
    deps.io.on('lines:wanted', (heard) => {
      this.#wantedUntilMs = deps.nowMs() + 2 * SAY_EVERY_MS
      heard(true)
    })
    deps.io.on('lines', (payload) => this.#take(payload))
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#deps.hasReaders()) void this.#say()
    }, SAY_EVERY_MS)
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
  }

  /** Resolves when the other gateways know that lines are read here, or do not answer. */
  async want(): Promise<void> {
    if (this.#deps.nowMs() - this.#saidAtMs >= SAY_EVERY_MS) await this.#say()
  }

  /** Listener for `Changes`: lines of this gateway go out where somebody wants them. */
  note(changes: readonly Change[], isForeign: boolean): void {
    if (isForeign || this.#deps.nowMs() > this.#wantedUntilMs) return
    for (const change of changes)
      if (change.kind === 'log')
        this.#deps.io.serverSideEmit('lines', { lines: change.lines, fleetIdOf: [...change.fleetIdOf] })
  }

  async #say(): Promise<void> {
    if (!this.#deps.isUp()) return
    this.#saidAtMs = this.#deps.nowMs()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS)
    })
    // One that does not answer has died, or is about to.
    const heard = this.#deps.io.serverSideEmitWithAck('lines:wanted').then(
      () => undefined,
      () => undefined,
    )
    await Promise.race([heard, late])
    clearTimeout(timer)
  }

  #take(payload: unknown): void {
    const parsed = relayed.safeParse(payload)
    if (!parsed.success) return this.#deps.onError(parsed.error)
    const { lines, fleetIdOf } = parsed.data
    this.#deps.publish([{ kind: 'log', lines, fleetIdOf: new Map(fleetIdOf) }])
  }
}
