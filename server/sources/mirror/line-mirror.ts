import type { SourceLine } from '../fleet-source.ts'
import { followedDevices } from './mirror-pace.rules.ts'
import { readMirroredDevice, readTakenLines, writeTakenLines, type TakenLines } from './line-mirror.store.ts'
import type { MirrorDeps, MirroredDevice } from './mirror-deps.ts'

/** Devices that are followed at once; each holds a connection to the backend open. */
const MAX_FOLLOWED = 20
/** Lines from before somebody looked, as many as open-balena-api keeps. */
const HISTORY = 1_000
const AGAIN_AFTER_MS = 5_000
/** A device nobody reads any more is followed so long: who comes back misses nothing. */
const LINGER_MS = 10_000

type Followed = { end: AbortController; wantedAtMs: number; retryAtMs: number; isRunning: boolean }

/**
 * Takes over the lines of devices that somebody reads, from the newest history on, and stores each once: lines have no ids, so
 * what counts is how many came in up to which millisecond.
 */
export class LineMirror {
  readonly #deps: MirrorDeps
  readonly #followed = new Map<string, Followed>()

  constructor(deps: MirrorDeps) {
    this.#deps = deps
  }

  /** Follows who is read now, and nobody else. */
  look(): void {
    const nowMs = this.#deps.now().getTime()
    for (const uuid of followedDevices(this.#deps.watched())) {
      const followed = this.#followed.get(uuid)
      if (followed) followed.wantedAtMs = nowMs
      else if (this.#followed.size < MAX_FOLLOWED)
        this.#followed.set(uuid, {
          end: new AbortController(),
          wantedAtMs: nowMs,
          retryAtMs: 0,
          isRunning: false,
        })
    }
    for (const [uuid, followed] of this.#followed) {
      if (nowMs - followed.wantedAtMs > LINGER_MS) {
        followed.end.abort()
        this.#followed.delete(uuid)
      } else if (!followed.isRunning && nowMs >= followed.retryAtMs) this.#run(uuid, followed)
    }
  }

  stop(): void {
    for (const followed of this.#followed.values()) followed.end.abort()
    this.#followed.clear()
  }

  #run(uuid: string, followed: Followed): void {
    followed.isRunning = true
    this.#follow(uuid, followed.end.signal)
      .catch((error: unknown) => {
        this.#deps.log.warn(
          { err: error, uuid },
          'the log lines of a device cannot be followed at its source',
        )
      })
      .finally(() => {
        followed.isRunning = false
        followed.retryAtMs = this.#deps.now().getTime() + AGAIN_AFTER_MS
      })
  }

  async #follow(uuid: string, signal: AbortSignal): Promise<void> {
    const { source, db } = this.#deps
    const device = await readMirroredDevice(db, uuid)
    if (!device) return
    const taken = await readTakenLines(db, device.deviceId)
    let storing: Promise<void> = Promise.resolve()
    const broken = new AbortController()
    await source.followLogs(
      uuid,
      HISTORY,
      (lines) => {
        storing = storing
          .then(() => this.#store(device, lines, taken))
          .catch((error: unknown) => broken.abort(error))
      },
      AbortSignal.any([signal, broken.signal]),
    )
    await storing
    if (broken.signal.aborted) throw broken.signal.reason
  }

  async #store(device: MirroredDevice, lines: readonly SourceLine[], taken: TakenLines): Promise<void> {
    const fresh = freshLines(lines, taken)
    if (fresh.length === 0) return
    await this.#deps.storeLines(device, fresh)
    await writeTakenLines(this.#deps.db, device.deviceId, taken)
  }
}

/**
 * The lines that were not taken over yet; `taken` moves on. A stream begins again with lines that came before: of those of the
 * last millisecond taken, as many are passed over as were taken.
 */
export function freshLines(lines: readonly SourceLine[], taken: TakenLines): SourceLine[] {
  return lines.filter((line) => {
    const atMs = line.receivedAt.getTime()
    if (atMs < taken.untilMs) return false
    if (atMs === taken.untilMs && taken.skip > 0) {
      taken.skip -= 1
      return false
    }
    if (atMs > taken.untilMs) {
      taken.untilMs = atMs
      taken.atUntil = 0
      taken.skip = 0
    }
    taken.atUntil += 1
    return true
  })
}
