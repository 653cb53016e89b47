import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

const nobody: ReadonlySet<number> = new Set()

/** The rollouts a device is on its way in; an aborted one goes on watching what a later one may own. */
export class RolloutOwners {
  readonly #db: Kysely<Schema>
  readonly #byDevice = new Map<number, Set<number>>()
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
      const owners = this.#byDevice.get(deviceId) ?? new Set()
      this.#byDevice.set(deviceId, owners.add(rolloutId))
    }
  }

  forget(rolloutId: number): void {
    this.#known.delete(rolloutId)
    for (const [deviceId, owners] of this.#byDevice) {
      owners.delete(rolloutId)
      if (owners.size === 0) this.#byDevice.delete(deviceId)
    }
  }

  clear(): void {
    this.#known.clear()
    this.#byDevice.clear()
  }
}
