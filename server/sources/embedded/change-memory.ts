import { randomUUID } from 'node:crypto'
import type { Change, DeviceAspect } from '../../platform/changes.ts'

/** What a source tells of a device; health, events and keys are not among it. */
const told: ReadonlySet<DeviceAspect> = new Set([
  'connectivity',
  'report',
  'metrics',
  'target',
  'facts',
  'identity',
])

type Changed = { uuid: string } | { releaseId: number }

export type ChangesSince = { uuids: string[]; releaseIds: number[]; position: string; isMore: boolean }

/**
 * Which devices and releases changed in what order, each with its last change only. Positions are opaque: they name this memory
 * too, since another process has counted other changes.
 */
export class ChangeMemory {
  readonly #name = randomUUID()
  readonly #most: number
  /** By what changed, in the order of the sequences. */
  readonly #lastChange = new Map<string, { what: Changed; sequence: number }>()
  #sequence = 0
  /** Changes up to this one may be forgotten. */
  #forgottenUpTo = 0

  /** `most`: how many are remembered; beyond it those that changed longest ago are forgotten. */
  constructor(most: number) {
    this.#most = most
  }

  get position(): string {
    return this.#positionOf(this.#sequence)
  }

  #positionOf(sequence: number): string {
    return `${this.#name}.${String(sequence)}`
  }

  /** Listener for `Changes`. */
  note(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'device-removed') this.#lastChange.delete(change.uuid)
      if (change.kind === 'release') this.#move(String(change.releaseId), { releaseId: change.releaseId })
      if (change.kind === 'device' && [...change.aspects].some((aspect) => told.has(aspect)))
        this.#move(change.uuid, { uuid: change.uuid })
    }
    for (const [key, { sequence }] of this.#lastChange) {
      if (this.#lastChange.size <= this.#most) break
      this.#lastChange.delete(key)
      this.#forgottenUpTo = sequence
    }
  }

  /** `key`: uuids are 32 characters and more, so they are no ids of releases. */
  #move(key: string, what: Changed): void {
    this.#lastChange.delete(key)
    this.#lastChange.set(key, { what, sequence: ++this.#sequence })
  }

  /** At most `limit` that changed after a position, those whose last change is oldest first; null: it cannot be told. */
  since(position: string, limit: number): ChangesSince | null {
    const [name, text = ''] = position.split('.')
    const from = /^\d{1,15}$/.test(text) ? Number(text) : -1
    if (name !== this.#name || from < this.#forgottenUpTo || from > this.#sequence) return null
    const after = [...this.#lastChange.values()].filter(({ sequence }) => sequence > from)
    const shown = after.slice(0, limit)
    const isMore = after.length > shown.length
    return {
      uuids: shown.flatMap(({ what }) => ('uuid' in what ? what.uuid : [])),
      releaseIds: shown.flatMap(({ what }) => ('uuid' in what ? [] : what.releaseId)),
      position: isMore ? this.#positionOf(shown.at(-1)?.sequence ?? from) : this.position,
      isMore,
    }
  }
}
