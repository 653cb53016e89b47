import { sql, type Transaction } from 'kysely'
import type { DeviceKey } from '#contract/device-key'
import type { Schema } from '../../platform/db/schema.ts'

const HOUR_MS = 3_600_000

type KeyColumns = {
  next_key_hash: string | null
  key_changed_at: Date | null
  key_revoked_at: Date | null
  key_revoked_by: string | null
  key_revoked_reason: string | null
  may_return_until: Date | null
}

/** What is told of a key, which is never the key nor its hash. */
export const keyOf = (device: KeyColumns): DeviceKey => ({
  state: device.key_revoked_at !== null ? 'revoked' : device.next_key_hash !== null ? 'rotating' : 'valid',
  changedAt: device.key_changed_at?.toISOString() ?? null,
  revokedBy: device.key_revoked_by,
  revokedReason: device.key_revoked_reason,
  mayReturnUntil: device.may_return_until?.toISOString() ?? null,
})

/** Revokes the key of a device, and the one it may be changing to; neither opens anything again, for any device. */
export async function revokeKey(
  trx: Transaction<Schema>,
  deviceId: number,
  { by, reason, at }: { by: string; reason: string; at: Date },
): Promise<void> {
  await sql`
    insert into retired_device_key (key_hash, retired_at)
    select hash, ${at} from (select id, unnest(array[key_hash, next_key_hash]) as hash from
      (select id, key_hash, next_key_hash from device where id = ${deviceId} and key_revoked_at is null for update) held) own
    where hash is not null on conflict do nothing`.execute(trx)
  await trx
    .updateTable('device')
    .set({
      // No key has such a hash: whoever compares, and wherever, finds that it is another one.
      key_hash: `revoked ${deviceId}`,
      next_key_hash: null,
      key_changed_at: at,
      key_revoked_at: at,
      key_revoked_by: by,
      key_revoked_reason: reason,
      may_return_until: null,
      revision: sql<number>`revision + 1`,
    })
    .where('id', '=', deviceId)
    .where('key_revoked_at', 'is', null)
    .execute()
}

/** Lets a device whose key is revoked come back with another one for so many hours from now; null: no longer. */
export async function setReturn(
  trx: Transaction<Schema>,
  deviceId: number,
  hours: number | null,
  now: Date,
): Promise<void> {
  await trx
    .updateTable('device')
    .set({
      may_return_until: hours === null ? null : new Date(now.getTime() + hours * HOUR_MS),
      revision: sql<number>`revision + 1`,
    })
    .where('id', '=', deviceId)
    .where('key_revoked_at', 'is not', null)
    .execute()
}
