import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { sql, type Kysely } from 'kysely'
import { uuidOnWire } from '#contract/device-protocol'
import type { Change } from '../../platform/changes.ts'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { hashSecret } from '../../platform/secrets.ts'

const CACHE_MS = 60_000
const MAX_CACHED = 200_000
const MAX_GROUP = 500

export type KnownDevice = { deviceId: number; uuid: string; fleetId: number; keyHash: string }

/** The key a device sent: `?apikey=` is tried before the header, as upstream does. */
export function keyOf(request: FastifyRequest): string | null {
  const query = (request.query as Record<string, unknown>)['apikey']
  if (typeof query === 'string' && query !== '') return query
  const header = request.headers.authorization
  const [, token] = /^Bearer\s+(\S+)$/i.exec(header ?? '') ?? []
  return token ?? null
}

/** Compares hashes in a time that tells nothing of them. */
export const isSame = (a: string, b: string) =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/**
 * Knows devices by uuid; remembers them a minute, so that a poll or report costs no look-up of its own. Look-ups that
 * come together are made together; too many at once reject with Overloaded.
 */
export class DeviceDirectory {
  readonly #db: Kysely<Schema>
  readonly #nowMs: () => number
  readonly #known = new Map<string, { device: KnownDevice; untilMs: number }>()
  readonly #lookUps: GroupCommit<string, KnownDevice | null>
  /** Counts what was forgotten, so that a look-up begun before does not remember what has changed since. */
  #forgotten = 0

  constructor(db: Kysely<Schema>, nowMs: () => number, maxQueued: number) {
    this.#db = db
    this.#nowMs = nowMs
    this.#lookUps = new GroupCommit({
      name: 'device look-ups',
      write: (uuids) => this.#read(uuids),
      maxGroup: MAX_GROUP,
      maxQueued,
    })
  }

  forget(uuid: string): void {
    this.#forgotten++
    this.#known.delete(uuid)
  }

  /** What another has changed of a device must not be remembered as it was. */
  observe(change: Extract<Change, { kind: 'device' }>): void {
    const known = this.#known.get(change.uuid)
    // One that is looked up just now may be read as it was.
    const hasMoved = known ? known.device.fleetId !== change.fleetId : change.aspects.has('identity')
    if (hasMoved || change.aspects.has('key')) this.forget(change.uuid)
  }

  async find(uuid: string): Promise<KnownDevice | null> {
    const cached = this.#known.get(uuid)
    if (cached && cached.untilMs > this.#nowMs()) return cached.device
    if (!uuidOnWire.safeParse(uuid).success) return null
    return this.#lookUps.submit(uuid)
  }

  async #read(uuids: readonly string[]): Promise<(KnownDevice | null)[]> {
    const forgotten = this.#forgotten
    const rows = await this.#db
      .selectFrom('device')
      .select(['id as deviceId', 'uuid', 'fleet_id as fleetId', 'key_hash as keyHash'])
      .where(sql<boolean>`uuid = any(${[...new Set(uuids)]}::text[])`)
      .where('deleted_at', 'is', null)
      .execute()
    const found = new Map(rows.map((device) => [device.uuid, device]))
    if (forgotten === this.#forgotten) {
      if (this.#known.size + found.size > MAX_CACHED) this.#known.clear()
      const untilMs = this.#nowMs() + CACHE_MS
      for (const device of found.values()) this.#known.set(device.uuid, { device, untilMs })
    }
    return uuids.map((uuid) => found.get(uuid) ?? null)
  }

  /**
   * The device when `key` is its own, else null. A key that is not the one remembered is compared with the stored one:
   * it may have been exchanged through another gateway. One that was exchanged there may pass for a minute, so that what
   * is done with it must compare `keyHash` again with what it reads or writes.
   */
  async authenticate(uuid: string, key: string | null): Promise<KnownDevice | null> {
    if (key === null) return null
    const keyHash = hashSecret(key)
    const device = await this.find(uuid)
    if (!device) return null
    if (isSame(device.keyHash, keyHash)) return device
    const stored = await this.#lookUps.submit(uuid)
    return stored && isSame(stored.keyHash, keyHash) ? stored : null
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
