import { sql, type Kysely, type Transaction } from 'kysely'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Schema } from '../../platform/db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Trx = Transaction<Schema>
export type KeyOwner = { deviceId: number; uuid: string; fleetId: number }
export type KeyDeps = {
  db: Kysely<Schema>
  now: () => Date
  audit: (db: Db, entry: AuditInput) => Promise<void>
}

/** How long a device that was asked for another key may take: then whoever holds its key cannot make use of that. */
const ROTATE_WITHIN_MS = 30 * 86_400_000

const CLOCKS_DIFFER_MS = 60_000

const owner = ['id as deviceId', 'uuid', 'fleet_id as fleetId', 'name', 'key_hash'] as const

/** Notes on the device's timeline and in the audit log what it did with its key. */
async function tell(
  { audit, now }: KeyDeps,
  trx: Trx,
  device: KeyOwner & { name: string },
  what: { action: string; summary: string },
): Promise<void> {
  const { deviceId, uuid, fleetId, name } = device
  await trx
    .insertInto('device_event')
    .values({
      device_id: deviceId,
      fleet_id: fleetId,
      at: now(),
      kind: 'action',
      severity: 'ok',
      summary: what.summary,
    })
    .execute()
  await audit(trx, {
    actor: { name, kind: 'device' },
    action: what.action,
    subjectKind: 'device',
    subjectId: uuid,
    fleetId,
    summary: `${what.summary} (${name})`,
  })
}

/** Devices whose key has changed since, and a minute before: the clocks of gateways differ. */
export async function readChangedKeys(db: Db, since: Date) {
  return db
    .selectFrom('device')
    .select(['id as deviceId', 'uuid', 'key_hash as keyHash'])
    .where('key_changed_at', '>=', new Date(since.getTime() - CLOCKS_DIFFER_MS))
    .execute()
}

/** Whether a device may not take this key: it is another one's, or was revoked or rotated away. `by`: 0 for a new device. */
export async function isKeyTaken(db: Db, keyHash: string, by: number): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select exists (select 1 from device where (key_hash = ${keyHash} or next_key_hash = ${keyHash}) and id <> ${by})
      or exists (select 1 from retired_device_key where key_hash = ${keyHash}) as taken`.execute(db)
  return rows[0]?.taken === true
}

/**
 * Notes the key that a device has made because it was asked to; until that is used both work. Null where it was not asked:
 * whoever got hold of a key must not be able to lock the device out by another one.
 */
export async function offerNextKey(
  { db, now }: KeyDeps,
  device: { deviceId: number; keyHash: string },
  nextHash: string,
): Promise<KeyOwner | null> {
  const since = new Date(now().getTime() - ROTATE_WITHIN_MS)
  const { rows } = await sql<KeyOwner>`
    update device d set next_key_hash = ${nextHash}, revision = d.revision + 1
    where d.id = ${device.deviceId} and d.key_hash = ${device.keyHash} and d.deleted_at is null
      and exists (select 1 from device_action a where a.device_id = d.id and a.kind = 'rotate-key'
        and a.delivered_at > ${since} and a.state in ('delivered', 'expired'))
    returning d.id as "deviceId", d.uuid, d.fleet_id as "fleetId"`.execute(db)
  return rows[0] ?? null
}

/** The first use of the key that a device has made: it is its key from here on, and the former one opens nothing more. */
export async function adoptNextKey(
  deps: KeyDeps,
  deviceId: number,
  nextHash: string,
): Promise<KeyOwner | null> {
  return deps.db.transaction().execute(async (trx) => {
    const held = await trx
      .selectFrom('device')
      .select(owner)
      .where('id', '=', deviceId)
      .where('next_key_hash', '=', nextHash)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    // Through another gateway, or by a request beside this one, it was adopted just now.
    if (!held) return null
    const at = deps.now()
    await trx
      .updateTable('device')
      .set({
        key_hash: nextHash,
        next_key_hash: null,
        key_changed_at: at,
        revision: sql<number>`revision + 1`,
      })
      .where('id', '=', deviceId)
      .execute()
    await trx
      .insertInto('retired_device_key')
      .values({ key_hash: held.key_hash, retired_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await tell(deps, trx, held, {
      action: 'device.key-rotated',
      summary: 'Speaks with its new key; the former one is refused from now on',
    })
    return { deviceId, uuid: held.uuid, fleetId: held.fleetId }
  })
}

/**
 * Gives a device of this fleet another key, on the word of whoever holds a provisioning key of it. `refused`: its key was
 * revoked, and it may not come back; null: there is no such device.
 */
export async function exchangeDeviceKey(
  deps: KeyDeps,
  which: { deviceId: number; fleetId: number },
  keyHash: string,
): Promise<KeyOwner | 'refused' | null> {
  return deps.db.transaction().execute(async (trx) => {
    const held = await trx
      .selectFrom('device')
      .select([...owner, 'key_changed_at', 'key_revoked_at', 'may_return_until'])
      .where('id', '=', which.deviceId)
      .where('fleet_id', '=', which.fleetId)
      .where('deleted_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (!held) return null
    const at = deps.now()
    const { deviceId, uuid, fleetId } = held
    const isReturn = held.key_revoked_at !== null
    if (isReturn && (held.may_return_until === null || held.may_return_until <= at)) return 'refused'
    await trx
      .updateTable('device')
      .set({
        key_hash: keyHash,
        next_key_hash: null,
        key_changed_at: keyHash === held.key_hash ? held.key_changed_at : at,
        key_revoked_at: null,
        key_revoked_by: null,
        key_revoked_reason: null,
        may_return_until: null,
        revision: sql<number>`revision + 1`,
      })
      .where('id', '=', deviceId)
      .execute()
    if (isReturn)
      await tell(deps, trx, held, {
        action: 'device.key-returned',
        summary: 'Came back with another key, for a provisioning key of its fleet',
      })
    return { deviceId, uuid, fleetId }
  })
}
