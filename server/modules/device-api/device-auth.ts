import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret } from '../../platform/secrets.ts'

const CACHE_MS = 60_000
const MAX_CACHED = 200_000

export type KnownDevice = { deviceId: number; uuid: string; fleetId: number; keyHash: string }

/** The key a device sent: `?apikey=` is tried before the header, as upstream does. */
export function keyOf(request: FastifyRequest): string | null {
  const query = (request.query as Record<string, unknown>)['apikey']
  if (typeof query === 'string' && query !== '') return query
  const header = request.headers.authorization
  const [, token] = /^Bearer\s+(\S+)$/i.exec(header ?? '') ?? []
  return token ?? null
}

const isSame = (a: string, b: string) =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

/** Knows devices by uuid; remembers them a minute, so that a poll or report costs no look-up of its own. */
export class DeviceDirectory {
  readonly #db: Kysely<Schema>
  readonly #nowMs: () => number
  readonly #known = new Map<string, { device: KnownDevice; untilMs: number }>()

  constructor(db: Kysely<Schema>, nowMs: () => number) {
    this.#db = db
    this.#nowMs = nowMs
  }

  forget(uuid: string): void {
    this.#known.delete(uuid)
  }

  async find(uuid: string): Promise<KnownDevice | null> {
    const cached = this.#known.get(uuid)
    if (cached && cached.untilMs > this.#nowMs()) return cached.device
    const row = await this.#db
      .selectFrom('device')
      .select(['id', 'uuid', 'fleet_id', 'key_hash'])
      .where('uuid', '=', uuid)
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    if (!row) return null
    const device = { deviceId: row.id, uuid: row.uuid, fleetId: row.fleet_id, keyHash: row.key_hash }
    if (this.#known.size >= MAX_CACHED) this.#known.clear()
    this.#known.set(uuid, { device, untilMs: this.#nowMs() + CACHE_MS })
    return device
  }

  /** The device when `key` is its own, else null. */
  async authenticate(uuid: string, key: string | null): Promise<KnownDevice | null> {
    if (key === null) return null
    const device = await this.find(uuid)
    return device && isSame(device.keyHash, hashSecret(key)) ? device : null
  }

  /** The device that holds this key, whatever its uuid; for calls that name no uuid. */
  async byKey(key: string): Promise<KnownDevice | null> {
    const row = await this.#db
      .selectFrom('device')
      .select('uuid')
      .where('key_hash', '=', hashSecret(key))
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    return row ? this.find(row.uuid) : null
  }
}

/** The living provisioning key, with its fleet; notes its use. */
export async function useProvisioningKey(db: Kysely<Schema>, key: string, now: Date) {
  return db
    .updateTable('provisioning_key')
    .set({ last_used_at: now })
    .where('key_hash', '=', hashSecret(key))
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .returning(['fleet_id'])
    .executeTakeFirst()
}
