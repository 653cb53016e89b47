import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { readDeviceIdsAfter, readDevices } from './device-state.store.ts'
import type { RememberedDevices } from './remembered-devices.ts'

/** Devices a batch: few enough that the embedded store, which does one thing at a time, answers reports in between. */
const BATCH = 500
/** How often it is looked whether messages still wait, and after how long one batch is read though they do. */
const GIVE_WAY_MS = 20
const LONGEST_GIVE_WAY_MS = 1_000
const FIRST_BACK_OFF_MS = 1_000
const LONGEST_BACK_OFF_MS = 60_000

type Deps = {
  db: Kysely<Schema>
  log: Logger
  remembered: RememberedDevices
  /** Messages of devices that wait to be stored. */
  queued: () => number
}

/**
 * Remembers the devices after a start, before they report, as far as there is room: a first report then costs what
 * others do. It gives way to messages that wait. What a device said meanwhile is newer than what is read here and stays;
 * what another gateway changes meanwhile the database notices at the next write (docs/decisions/0005).
 */
export class RememberAhead {
  readonly #deps: Deps
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  start(): void {
    this.#running ??= this.#run().finally(() => (this.#running = null))
  }

  /** Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { log, remembered } = this.#deps
    const startMs = performance.now()
    let backOffMs = FIRST_BACK_OFF_MS
    for (let last: number | null = 0; last !== null && !remembered.isFull;) {
      await this.#giveWay()
      if (this.#stopping.signal.aborted) return
      try {
        last = await this.#readAfter(last)
        backOffMs = FIRST_BACK_OFF_MS
      } catch (error) {
        log.error({ err: error, backOffMs }, 'devices could not be remembered; they are tried again')
        await this.#pause(backOffMs)
        backOffMs = Math.min(LONGEST_BACK_OFF_MS, backOffMs * 2)
      }
    }
    const tookMs = Math.round(performance.now() - startMs)
    log.info({ devices: remembered.size, tookMs }, 'devices are remembered')
  }

  /** One batch; answers where the next begins, null: there is none. */
  async #readAfter(last: number): Promise<number | null> {
    const { db, remembered } = this.#deps
    const ids = await readDeviceIdsAfter(db, last, BATCH)
    const unknown = ids.filter((id) => remembered.get(id) === undefined)
    for (const device of await readDevices(db, unknown)) remembered.offer(device)
    return ids.length < BATCH ? null : (ids.at(-1) ?? null)
  }

  async #giveWay(): Promise<void> {
    await setImmediate()
    for (let waitedMs = 0; waitedMs < LONGEST_GIVE_WAY_MS; waitedMs += GIVE_WAY_MS) {
      if (this.#deps.queued() === 0 || this.#stopping.signal.aborted) return
      await this.#pause(GIVE_WAY_MS)
    }
  }

  /** Ends early when the gateway stops. */
  async #pause(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
