import type { Insertable, Kysely } from 'kysely'
import type { Schema } from '../platform/db/schema.ts'

export type SeededLine = Partial<Insertable<Schema['log_line']>>

/** Stores log lines of a device, one after another by default a second apart; answers their ids. */
export async function seedLogLines(
  db: Kysely<Schema>,
  device: { deviceId: number; fleetId: number },
  lines: readonly SeededLine[],
  startMs = Date.UTC(2026, 0, 1, 12),
): Promise<number[]> {
  const rows = lines.map((line, index) => {
    const at = new Date(startMs + index * 1000)
    return {
      device_id: device.deviceId,
      fleet_id: device.fleetId,
      service_name: 'main',
      is_system: false,
      is_stderr: false,
      level: 'info' as const,
      at,
      received_at: at,
      message: `line ${index}`,
      ...line,
    }
  })
  const ids: number[] = []
  for (let first = 0; first < rows.length; first += 1_000) {
    const added = await db
      .insertInto('log_line')
      .values(rows.slice(first, first + 1_000))
      .returning('id')
      .execute()
    ids.push(...added.map((row) => row.id))
  }
  return ids
}
