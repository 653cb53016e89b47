import type { LogLine } from '#contract/log'

/**
 * Something stored has changed. Published only after the commit, so whoever reacts may read it back.
 * The live hub turns changes into patches; the rollout runner and the device channel listen too.
 */
export type Change =
  | {
      kind: 'device'
      deviceId: number
      uuid: string
      fleetId: number
      /** What moved, so that listeners need not look at changes that cannot concern them. */
      aspects: ReadonlySet<DeviceAspect>
    }
  | { kind: 'device-removed'; deviceId: number; uuid: string; fleetId: number }
  | { kind: 'fleet'; fleetId: number }
  | { kind: 'fleet-removed'; fleetId: number }
  | { kind: 'release'; fleetId: number; releaseId: number }
  | { kind: 'rollout'; rolloutId: number; fleetId: number; deviceIds: readonly number[] }
  /** The inbox of one person, or with null that of everybody. */
  | { kind: 'notification'; userId: number | null }
  /** An action asked of many devices moved on. */
  | { kind: 'action-batch'; batchId: number }
  /** A webhook, or a delivery of it. */
  | { kind: 'webhook'; webhookId: number }
  /** A session is over, on whichever gateway its sockets are. */
  | { kind: 'session-ended'; sessionId: string }
  /** What somebody may do is another than before. */
  | { kind: 'rights'; userId: number }
  /** How the source of the fleets is read here; each gateway tells its own. */
  | { kind: 'source' }
  | { kind: 'log'; lines: readonly LogLine[]; fleetIdOf: ReadonlyMap<string, number> }

export type DeviceAspect =
  'connectivity' | 'report' | 'metrics' | 'health' | 'target' | 'facts' | 'identity' | 'event' | 'key'

/** `isForeign`: another gateway stored it. */
export type ChangeListener = (changes: readonly Change[], isForeign: boolean) => void

/** In-process fan-out of changes. A listener that throws is reported to `onError` and harms no other. */
export class Changes {
  readonly #listeners = new Set<ChangeListener>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Call after the transaction committed. `isForeign`: another gateway did it. */
  publish(changes: readonly Change[], isForeign = false): void {
    if (changes.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(changes, isForeign)
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  /** Returns the function that stops listening. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
