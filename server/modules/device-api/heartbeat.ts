import type { Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import type { DeviceWriter } from './device-writer.ts'

const BATCH = 500

/** Job: looks at the devices whose verdict time alone changes now, and at no others (index `device_due`). */
export async function sweepDue(db: Kysely<Schema>, writer: DeviceWriter, now: Date): Promise<number> {
  let swept = 0
  for (;;) {
    const due = await db
      .selectFrom('device')
      .select('id')
      .where('deleted_at', 'is', null)
      .where('next_check_at', '<=', now)
      .orderBy('next_check_at')
      .limit(BATCH)
      .execute()
    if (due.length === 0) return swept
    await writer.write(due.map((row) => ({ kind: 'check', deviceId: row.id })))
    swept += due.length
    if (due.length < BATCH) return swept
  }
}
