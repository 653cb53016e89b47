/** Whether the store holds the newest report of each device that was acknowledged, or one that was sent after it. */
import { sequenceOf } from './ingest-fleet.ts'
import type { LoadDevice } from './ingest-load.ts'
import type { RawStore } from './log-seed.ts'

/** What devices sent, by their position: number of the newest report acknowledged, and of the newest sent. */
export type SentReports = {
  devices: readonly LoadDevice[]
  acknowledged: Uint32Array
  sent: Uint32Array
}

/** Devices with an acknowledged report, and how many of them lost their newest one. */
export async function countLost(
  raw: RawStore,
  all: readonly SentReports[],
): Promise<{ acknowledged: number; lost: number }> {
  const rows = await raw.query('select uuid, memory_used_mib, storage_used_mib from device')
  const stored = new Map(
    rows.map((row) => [
      String(row.uuid),
      sequenceOf(Number(row.memory_used_mib), Number(row.storage_used_mib)),
    ]),
  )
  const found = { acknowledged: 0, lost: 0 }
  for (const { devices, acknowledged, sent } of all)
    for (const [at, { uuid }] of devices.entries()) {
      const least = acknowledged[at] ?? 0
      if (least === 0) continue
      found.acknowledged += 1
      const held = stored.get(uuid) ?? -1
      if (held < least || held > (sent[at] ?? 0)) found.lost += 1
    }
  return found
}
