import { sql, type Kysely } from 'kysely'
import { connectivities, updateStates, type UpdateState, type WallCell } from '#contract/device'
import { healthStates, type Health } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'

type CellRow = {
  uuid: string
  name: string
  health: Health
  connectivity: (typeof connectivities)[number]
  update_percent: number | null
  update_state: UpdateState
}
const toCell = (row: CellRow): WallCell => [
  row.uuid,
  row.name,
  healthStates.indexOf(row.health),
  connectivities.indexOf(row.connectivity),
  row.update_state === 'downloading'
    ? (row.update_percent ?? 0)
    : row.update_state === 'downloaded' || row.update_state === 'applying'
      ? 100
      : null,
  updateStates.indexOf(row.update_state),
]

/** Cells of these devices (all of the fleet when absent), in the order of the wall. */
export async function readCells(
  db: Kysely<Schema>,
  fleetId: number,
  deviceIds?: readonly number[],
): Promise<WallCell[]> {
  const rows = await sql<CellRow>`
    select uuid, name, health, connectivity, update_percent, update_state from device
    where fleet_id = ${fleetId} and deleted_at is null and ${deviceIds === undefined ? sql`true` : sql`id = any(${[...deviceIds]}::bigint[])`}
    order by name, id`.execute(db)
  return rows.rows.map(toCell)
}
