import { sql, type Kysely } from 'kysely'
import { lateAfterMs } from '#contract/device-protocol'
import type { Schema } from '../../platform/db/schema.ts'
import type { DeviceInput } from './device-step.ts'
import type { DeviceWriter } from './device-writer.ts'

const BATCH = 500

type Due = { id: number; last_poll_at: Date | null; poll_interval_ms: number }

/** For devices whose polls fail to come the newest log line is read too: it tells a hung supervisor from a lost device. */
async function withLines(db: Kysely<Schema>, due: readonly Due[], now: Date): Promise<DeviceInput[]> {
  const silent = due.filter(
    (row) =>
      row.last_poll_at !== null &&
      now.getTime() - row.last_poll_at.getTime() >= lateAfterMs(row.poll_interval_ms),
  )
  const lines = silent.length === 0 ? new Map<number, Date>() : await newestLines(db, silent)
  return due.map((row) => ({
    kind: 'check',
    deviceId: row.id,
    lastLineAtMs: lines.get(row.id)?.getTime() ?? null,
  }))
}

/** When the newest line of each device was received; devices without one are left out. */
export async function newestLines(
  db: Kysely<Schema>,
  devices: readonly Pick<Due, 'id'>[],
): Promise<Map<number, Date>> {
  const ids = devices.map((row) => row.id)
  const { rows } = await sql<{ device_id: number; received_at: Date }>`
    select device.id as device_id, line.received_at from unnest(${ids}::bigint[]) as device (id)
    cross join lateral (
      -- Pairs are compared, for which only the index by device serves: by the ids alone all newer lines would be gone through.
      select received_at from log_line where (device_id, id) >= (device.id, 0) and (device_id, id) < (device.id + 1, 0)
      order by device_id desc, id desc limit 1) line`.execute(db)
  return new Map(rows.map((row) => [row.device_id, row.received_at]))
}

/** Job: looks at the devices whose verdict time alone changes now, and at no others (index `device_due`). */
export async function sweepDue(db: Kysely<Schema>, writer: DeviceWriter, now: Date): Promise<number> {
  let swept = 0
  for (;;) {
    const due = await db
      .selectFrom('device')
      .select(['id', 'last_poll_at', 'poll_interval_ms'])
      .where('deleted_at', 'is', null)
      .where('next_check_at', '<=', now)
      .orderBy('next_check_at')
      .limit(BATCH)
      .execute()
    if (due.length === 0) return swept
    await writer.write(await withLines(db, due, now))
    swept += due.length
    if (due.length < BATCH) return swept
  }
}
