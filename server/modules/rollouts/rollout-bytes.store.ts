import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'

/**
 * SQL: bytes a device on release `from` (null: none) lacks of release `to`. A layer that images share counts once; an
 * image that declared a size but no layers counts whole unless the device has that very image.
 */
export const missingBytes = (from: RawBuilder<unknown>, to: RawBuilder<unknown>) => sql<number>`(
  coalesce((select sum((needed.layer ->> 'sizeBytes')::bigint) from (
    select distinct l.layer from release_image i, jsonb_array_elements(i.layers) as l(layer)
    where i.release_id = ${to} and l.layer ->> 'digest' not in (
      select h.layer ->> 'digest' from release_image o, jsonb_array_elements(o.layers) as h(layer)
      where o.release_id = ${from})) needed), 0)
  + coalesce((select sum(i.size_bytes) from release_image i
    where i.release_id = ${to} and jsonb_array_length(i.layers) = 0 and not exists (
      select 1 from release_image o where o.release_id = ${from} and o.image = i.image)), 0))::bigint`

/**
 * Bytes of devices that have just arrived: what the device itself told (its `update.*` facts, when they are
 * of this release), else an estimate from image layers: missing layers as sent, the whole release as full.
 */
export async function writeBytes(
  trx: Transaction<Schema>,
  rolloutId: number,
  deviceIds: readonly number[],
): Promise<void> {
  if (deviceIds.length === 0) return
  await sql`
    with told as (
      select rd.device_id,
        case when d.device_facts ->> 'update.commit' = r.commit and d.device_facts ->> 'update.bytes' ~ '^[0-9]{1,15}$'
          then (d.device_facts ->> 'update.bytes')::bigint end as sent,
        case when d.device_facts ->> 'update.commit' = r.commit and d.device_facts ->> 'update.full-bytes' ~ '^[0-9]{1,15}$'
          then (d.device_facts ->> 'update.full-bytes')::bigint end as whole,
        r.size_bytes as size, rd.previous_release_id, r.id as release_id
      from rollout_device rd join device d on d.id = rd.device_id
        join rollout ro on ro.id = rd.rollout_id join release r on r.id = ro.release_id
      where rd.rollout_id = ${rolloutId} and rd.device_id = any(${[...deviceIds]}::bigint[])),
    missing as (
      select pair.previous_release_id, pair.release_id, ${missingBytes(sql`pair.previous_release_id`, sql`pair.release_id`)} as bytes
      from (select distinct previous_release_id, release_id from told) pair)
    update rollout_device rd set
      sent_bytes = coalesce(told.sent, case when told.size is null then null else coalesce(missing.bytes, 0) end),
      full_bytes = coalesce(told.whole, told.size),
      is_estimate = told.sent is null
    from told left join missing on missing.release_id = told.release_id
      and missing.previous_release_id is not distinct from told.previous_release_id
    where rd.rollout_id = ${rolloutId} and rd.device_id = told.device_id`.execute(trx)
}
