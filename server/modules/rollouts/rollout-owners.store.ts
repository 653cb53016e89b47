import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

const nobody: ReadonlySet<number> = new Set()

/** Devices of the same rollouts share one set. */
class Combinations {
  readonly #byKey = new Map<string, ReadonlySet<number>>()

  of(rolloutIds: readonly number[]): ReadonlySet<number> {
    const sorted = [...new Set(rolloutIds)].sort((a, b) => a - b)
    const key = sorted.join(',')
    const known = this.#byKey.get(key) ?? new Set(sorted)
    this.#byKey.set(key, known)
    return known
  }

  forget(rolloutId: number): void {
    for (const [key, owners] of this.#byKey) if (owners.has(rolloutId)) this.#byKey.delete(key)
  }

  clear(): void {
    this.#byKey.clear()
  }
}

/** The rollouts a device is on its way in; an aborted one goes on watching what a later one may own. */
export class RolloutOwners {
  readonly #db: Kysely<Schema>
  readonly #byDevice = new Map<number, ReadonlySet<number>>()
  readonly #combinations = new Combinations()
  readonly #known = new Set<number>()

  constructor(db: Kysely<Schema>) {
    this.#db = db
  }

  of = (deviceId: number): ReadonlySet<number> => this.#byDevice.get(deviceId) ?? nobody
  knows = (rolloutId: number): boolean => this.#known.has(rolloutId)

  /** Reads the members of a rollout. */
  async learn(rolloutId: number): Promise<void> {
    const members = await this.#db
      .selectFrom('rollout_device')
      .select('device_id')
      .where('rollout_id', '=', rolloutId)
      // Devices that have succeeded are watched on: they may fall ill or silent while the gate is open.
      .where('state', 'not in', ['rolled-back', 'skipped'])
      .execute()
    this.add(
      rolloutId,
      members.map((member) => member.device_id),
    )
  }

  add(rolloutId: number, deviceIds: readonly number[]): void {
    this.#known.add(rolloutId)
    for (const deviceId of deviceIds) {
      const owners = this.of(deviceId)
      if (!owners.has(rolloutId)) this.#byDevice.set(deviceId, this.#combinations.of([...owners, rolloutId]))
    }
  }

  forget(rolloutId: number): void {
    this.#known.delete(rolloutId)
    for (const [deviceId, owners] of this.#byDevice) {
      if (!owners.has(rolloutId)) continue
      if (owners.size === 1) this.#byDevice.delete(deviceId)
      else this.#byDevice.set(deviceId, this.#combinations.of([...owners].filter((id) => id !== rolloutId)))
    }
    this.#combinations.forget(rolloutId)
  }

  clear(): void {
    this.#known.clear()
    this.#byDevice.clear()
    this.#combinations.clear()
  }
}
