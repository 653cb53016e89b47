import { sql, type Kysely, type Transaction } from 'kysely'
import type { Variable } from '#contract/fleet'
import type { Schema } from './db/schema.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Row = {
  id: number
  kind: 'environment' | 'configuration'
  device_id: number | null
  service_name: string | null
  name: string
  value: string
  updated_at: Date
}

const scopeOf = (row: Row): Variable['scope'] =>
  row.device_id === null
    ? row.service_name === null
      ? 'fleet'
      : 'fleet-service'
    : row.service_name === null
      ? 'device'
      : 'device-service'

/** Precedence, later wins: fleet, fleet service, device, device service (device-protocol section 2). */
const precedence: Record<Variable['scope'], number> = {
  fleet: 0,
  'fleet-service': 1,
  device: 2,
  'device-service': 3,
}

/** Marks which variables win; a fleet-wide one loses only where a device-wide one of the same name exists. Pure. */
export function markEffective(rows: readonly Row[]): Variable[] {
  const variables = rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    scope: scopeOf(row),
    service: row.service_name,
    name: row.name,
    value: row.value,
    updatedAt: row.updated_at.toISOString(),
  }))
  return variables.map((variable) => ({
    ...variable,
    isEffective: !variables.some(
      (other) =>
        other !== variable &&
        other.kind === variable.kind &&
        other.name === variable.name &&
        precedence[other.scope] > precedence[variable.scope] &&
        // A variable of one service does not override the same name for all the others.
        (other.service === variable.service || other.service === null),
    ),
  }))
}

/** Variables of a fleet, or all that reach one of its devices. */
export async function readVariables(db: Db, fleetId: number, deviceId: number | null): Promise<Variable[]> {
  const rows = await db
    .selectFrom('variable')
    .selectAll()
    .where('fleet_id', '=', fleetId)
    .where((eb) =>
      deviceId === null
        ? eb('device_id', 'is', null)
        : eb.or([eb('device_id', 'is', null), eb('device_id', '=', deviceId)]),
    )
    .orderBy('name')
    .orderBy('id')
    .execute()
  return markEffective(rows)
}

export async function setVariable(
  db: Db,
  input: {
    fleetId: number
    deviceId: number | null
    kind: string
    service: string | null
    name: string
    value: string
  },
): Promise<number> {
  const result = await sql<{ id: number }>`
    insert into variable (kind, fleet_id, device_id, service_name, name, value)
    values (${input.kind}, ${input.fleetId}, ${input.deviceId}, ${input.service}, ${input.name}, ${input.value})
    on conflict (kind, fleet_id, coalesce(device_id, 0), coalesce(service_name, ''), name)
      do update set value = excluded.value, updated_at = now()
    returning id`.execute(db)
  const id = result.rows[0]?.id
  if (id === undefined) throw new Error('an upsert answered no row')
  return id
}

export async function deleteVariable(
  db: Db,
  id: number,
  fleetId: number,
  deviceId: number | null,
): Promise<string | null> {
  const gone = await db
    .deleteFrom('variable')
    .where('id', '=', id)
    .where('fleet_id', '=', fleetId)
    .where('device_id', deviceId === null ? 'is' : '=', deviceId)
    .returning('name')
    .executeTakeFirst()
  return gone?.name ?? null
}
