import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { DeviceColumns } from './device-columns.ts'
import {
  beginSnapshot,
  readChanges,
  readDevices,
  readDevicesAfter,
  readFolding,
  readNews,
  readNewsSince,
  type Snapshot,
} from './device-index.store.ts'
import { RecentEvents } from './recent-events.ts'

const HOUR_MS = 3_600_000
/** Devices a statement: the embedded store answers others in between. */
const BATCH = 1_000

export type IndexView = { columns: DeviceColumns; events: RecentEvents }
type State = IndexView & { snapshot: Snapshot }

/**
 * The devices in memory, as far as lists need them, and what keeps them true: before every answer it asks the store what was
 * committed since it last looked. So an answer knows everything that was committed before it was asked for, whichever
 * gateway wrote it, and a gateway that starts, or was cut off for long, reads all devices once.
 */
export class DeviceIndex {
  readonly #db: Kysely<Schema>
  readonly #now: () => Date
  #state: State | null = null
  #running: Promise<unknown> = Promise.resolve()
  #next: Promise<IndexView> | null = null

  constructor(db: Kysely<Schema>, now: () => Date) {
    this.#db = db
    this.#now = now
  }

  /**
   * The index with everything committed before this call. Those who ask while the store is asked share the next look: one
   * begun before they asked may have missed what they wrote. Read from it at once, before anything else is awaited.
   */
  fresh(): Promise<IndexView> {
    this.#next ??= this.#afterRunning()
    return this.#next
  }

  async #afterRunning(): Promise<IndexView> {
    await this.#running
    this.#next = null
    const turn = this.#turn()
    this.#running = turn.catch(() => undefined)
    return turn
  }

  async #turn(): Promise<IndexView> {
    if (this.#state) await this.#catchUp(this.#state)
    this.#state ??= await this.#load()
    return this.#state
  }

  /** Where it fails half-way the snapshot stays, and the next look reads the same again. */
  async #catchUp(state: State): Promise<void> {
    const seen = await readChanges(this.#db, state.snapshot)
    if (seen.deviceIds === null) {
      this.#state = null
      return
    }
    const ids = [...seen.deviceIds]
    for (let from = 0; from < ids.length; from += BATCH) {
      const part = ids.slice(from, from + BATCH)
      const gone = new Set(part)
      for (const device of await readDevices(this.#db, part)) {
        state.columns.put(device)
        gone.delete(device.id)
      }
      for (const id of gone) {
        state.columns.remove(id)
        state.events.forget(id)
      }
    }
    for (const news of await readNews(this.#db, seen.eventIds)) state.events.note(news)
    state.snapshot = seen.snapshot
  }

  async #load(): Promise<State> {
    const snapshot = await beginSnapshot(this.#db)
    const columns = new DeviceColumns(await readFolding(this.#db))
    for (let last = 0; ;) {
      const devices = await readDevicesAfter(this.#db, last, BATCH)
      for (const device of devices) columns.put(device)
      last = devices.at(-1)?.id ?? last
      if (devices.length < BATCH) break
    }
    const events = new RecentEvents()
    const since = new Date(this.#now().getTime() - HOUR_MS)
    for (const news of await readNewsSince(this.#db, since)) events.note(news)
    columns.order.ranks()
    return { columns, events, snapshot }
  }
}
