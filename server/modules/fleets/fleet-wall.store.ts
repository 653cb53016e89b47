import { sql, type Kysely } from 'kysely'
import { connectivities, updateStates, type UpdateState, type WallDevice } from '#contract/device'
import { healthStates, type Health } from '#contract/health'
import { packWallCode, type WallCell } from '#contract/wall-cells'
import type { Schema } from '../../platform/db/schema.ts'

type CellRow = {
  id: number
  health: Health
  connectivity: (typeof connectivities)[number]
  update_percent: number | null
  update_state: UpdateState
}
const toCell = (row: CellRow): WallCell => ({
  id: row.id,
  code: packWallCode({
    health: healthStates.indexOf(row.health),
    connectivity: connectivities.indexOf(row.connectivity),
    update: updateStates.indexOf(row.update_state),
    percent: row.update_state === 'downloading' ? Math.round(row.update_percent ?? 0) : 0,
  }),
})

/** Cells of these devices (all of the fleet when absent), in the order of the wall. */
export async function readCells(
  db: Kysely<Schema>,
  fleetId: number,
  deviceIds?: readonly number[],
): Promise<WallCell[]> {
  const rows = await sql<CellRow>`
    select id, health, connectivity, update_percent, update_state from device
    where fleet_id = ${fleetId} and deleted_at is null and ${deviceIds === undefined ? sql`true` : sql`id = any(${[...deviceIds]}::bigint[])`}
    order by name, id`.execute(db)
  return rows.rows.map(toCell)
}

/** Who the cells of these ids are; those that are no longer of the fleet are left out. */
export async function readWallDevices(
  db: Kysely<Schema>,
  fleetId: number,
  ids: readonly number[],
): Promise<WallDevice[]> {
  const { rows } = await sql<WallDevice>`
    select id::int as id, uuid, name from device
    where fleet_id = ${fleetId} and deleted_at is null and id = any(${[...ids]}::bigint[])`.execute(db)
  return rows
}
