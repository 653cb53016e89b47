import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { MirroredDevice } from './mirror-deps.ts'

/** How far lines were taken over: `atUntil` of those that came in the millisecond `untilMs`; `skip` of them come again. */
export type TakenLines = { untilMs: number; atUntil: number; skip: number }

export async function readMirroredDevice(db: Kysely<Schema>, uuid: string): Promise<MirroredDevice | null> {
  const row = await db
    .selectFrom('device')
    .innerJoin('source_device', 'source_device.device_id', 'device.id')
    .select(['device.id', 'device.fleet_id'])
    .where('uuid', '=', uuid)
    .executeTakeFirst()
  return row ? { deviceId: row.id, uuid, fleetId: row.fleet_id } : null
}

export async function readTakenLines(db: Kysely<Schema>, deviceId: number): Promise<TakenLines> {
  const row = await db
    .selectFrom('source_device')
    .select(['lines_until', 'lines_at_until'])
    .where('device_id', '=', deviceId)
    .executeTakeFirst()
  const atUntil = row?.lines_at_until ?? 0
  return { untilMs: row?.lines_until?.getTime() ?? 0, atUntil, skip: atUntil }
}

export async function writeTakenLines(
  db: Kysely<Schema>,
  deviceId: number,
  taken: TakenLines,
): Promise<void> {
  await db
    .updateTable('source_device')
    .set({ lines_until: new Date(taken.untilMs), lines_at_until: taken.atUntil })
    .where('device_id', '=', deviceId)
    .execute()
}
