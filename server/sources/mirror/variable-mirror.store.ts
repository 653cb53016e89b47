import { sql, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { storable } from '../../platform/db/storable-text.ts'
import type { SourceVariable } from '../fleet-source.ts'

/**
 * Makes the variables of a fleet and its devices those of the source. Answers the id of the fleet where something changed, null
 * where nothing did. What is the same keeps its id and its time.
 */
export async function storeVariables(
  trx: Transaction<Schema>,
  fleetUuid: string,
  variables: readonly SourceVariable[],
  now: Date,
): Promise<number | null> {
  const fleet = await trx
    .selectFrom('fleet')
    .innerJoin('source_fleet', 'source_fleet.fleet_id', 'fleet.id')
    .select('fleet.id')
    .where('uuid', '=', fleetUuid)
    .executeTakeFirst()
  if (!fleet) return null
  const told = JSON.stringify(
    storable(
      variables.map(({ kind, deviceUuid, service, name, value }) => ({
        kind,
        device_uuid: deviceUuid,
        service_name: service,
        name,
        value,
      })),
    ),
  )
  const changed = await sql<{ count: number }>`
    with told as (
      select told.kind, d.id as device_id, told.service_name, told.name, told.value
      from jsonb_to_recordset(${told}::jsonb) as told(kind text, device_uuid text, service_name text, name text, value text)
        left join device d on d.uuid = told.device_uuid and d.fleet_id = ${fleet.id}
      where told.device_uuid is null or d.id is not null),
    gone as (
      delete from variable v where v.fleet_id = ${fleet.id} and not exists (
        select 1 from told where told.kind = v.kind and told.name = v.name
          and told.device_id is not distinct from v.device_id and told.service_name is not distinct from v.service_name)
      returning 1),
    added as (
      insert into variable (kind, fleet_id, device_id, service_name, name, value, updated_at)
      select told.kind, ${fleet.id}, told.device_id, told.service_name, told.name, told.value, ${now} from told
      on conflict (kind, fleet_id, coalesce(device_id, 0), coalesce(service_name, ''), name)
      do update set value = excluded.value, updated_at = excluded.updated_at where variable.value <> excluded.value
      returning 1)
    select ((select count(*) from gone) + (select count(*) from added))::int as count`.execute(trx)
  return (changed.rows[0]?.count ?? 0) > 0 ? fleet.id : null
}
