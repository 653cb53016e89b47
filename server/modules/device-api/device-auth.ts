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
/** `nextKeyHash`: of the key that it has made and not used yet. */
type FoundDevice = KnownDevice & { nextKeyHash: string | null }

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
  readonly #adopt: (device: KnownDevice, keyHash: string) => Promise<void>
  readonly #known = new Map<string, { device: FoundDevice; untilMs: number }>()
  readonly #lookUps: GroupCommit<string, FoundDevice | null>
  /** Counts what was forgotten, so that a look-up begun before does not remember what has changed since. */
  #forgotten = 0

  /** `adopt` makes the key that a device has made, and now uses, its own. */
  constructor(
    db: Kysely<Schema>,
    nowMs: () => number,
    maxQueued: number,
    adopt: (device: KnownDevice, keyHash: string) => Promise<void>,
  ) {
    this.#db = db
    this.#nowMs = nowMs
    this.#adopt = adopt
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

  /** This is the hash of its key now: what is remembered with another one is forgotten. */
  follow(uuid: string, keyHash: string): void {
    const known = this.#known.get(uuid)
    if (known && known.device.keyHash !== keyHash) this.forget(uuid)
  }

  async find(uuid: string): Promise<KnownDevice | null> {
    const cached = this.#known.get(uuid)
    if (cached && cached.untilMs > this.#nowMs()) return cached.device
    if (!uuidOnWire.safeParse(uuid).success) return null
    return this.#lookUps.submit(uuid)
  }

  async #read(uuids: readonly string[]): Promise<(FoundDevice | null)[]> {
    const forgotten = this.#forgotten
    const rows = await this.#db
      .selectFrom('device')
      .select([
        'id as deviceId',
        'uuid',
        'fleet_id as fleetId',
        'key_hash as keyHash',
        'next_key_hash as nextKeyHash',
      ])
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
   * is done with it must compare `keyHash` again with what it reads or writes. A key that the device has made counts from
   * its first use here on.
   */
  async authenticate(uuid: string, key: string | null): Promise<KnownDevice | null> {
    if (key === null) return null
    const keyHash = hashSecret(key)
    const device = await this.find(uuid)
    if (!device) return null
    if (isSame(device.keyHash, keyHash)) return device
    return this.authenticateNow(uuid, key)
  }

  /** The same, whatever is remembered: for what compares no key again when it is done. */
  async authenticateNow(uuid: string, key: string | null): Promise<KnownDevice | null> {
    if (key === null || !uuidOnWire.safeParse(uuid).success) return null
    const keyHash = hashSecret(key)
    this.#known.delete(uuid)
    const stored = await this.#lookUps.submit(uuid)
    if (!stored || isSame(stored.keyHash, keyHash)) return stored
    if (stored.nextKeyHash === null || !isSame(stored.nextKeyHash, keyHash)) return null
    await this.#adopt(stored, keyHash)
    const adopted = await this.#lookUps.submit(uuid)
    return adopted && isSame(adopted.keyHash, keyHash) ? adopted : null
  }

  /** The device that holds this key, whatever its uuid; for calls that name no uuid. */
  async byKey(key: string): Promise<KnownDevice | null> {
    const keyHash = hashSecret(key)
    const row = await this.#db
      .selectFrom('device')
      .select('uuid')
      .where((eb) => eb.or([eb('key_hash', '=', keyHash), eb('next_key_hash', '=', keyHash)]))
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    return row ? this.authenticateNow(row.uuid, key) : null
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
    .returning(['id', 'fleet_id'])
    .executeTakeFirst()
}

/** Counts a device that registered with this provisioning key. */
export async function countRegistration(db: Kysely<Schema>, keyId: number): Promise<void> {
  await db
    .updateTable('provisioning_key')
    .set({ registered: sql<number>`registered + 1` })
    .where('id', '=', keyId)
    .execute()
}
