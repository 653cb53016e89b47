import { sql, type Kysely } from 'kysely'
import {
  MAX_PREVIEW_DEVICES,
  type Health,
  type HealthReason,
  type HealthThresholds,
  type ThresholdPreview,
} from '#contract/health'
import type { HealthMemory, Schema } from '../../platform/db/schema.ts'
import { healthRank, judgeHealth, type HealthFacts } from './health.rules.ts'

const BATCH = 2_000

type Row = {
  id: number
  uuid: string
  name: string
  connectivity: HealthFacts['connectivity']
  connectivity_changed_at: Date | null
  last_seen_at: Date | null
  last_poll_at: Date | null
  last_report_at: Date | null
  poll_interval_ms: number
  is_undervolted: boolean | null
  cpu_temperature_c: number | null
  memory_used_mib: number | null
  memory_total_mib: number | null
  storage_used_mib: number | null
  storage_total_mib: number | null
  update_state: HealthFacts['updateState']
  update_progress_at: Date | null
  clock_skew_ms: number | null
  health_memory: HealthMemory
  health_reasons: HealthReason[]
  target_commit: string | null
  current_commit: string | null
  services: { name: string; status: string; releaseCommit: string; lastExitCode: number | null }[] | null
}

const ms = (at: Date | null) => at?.getTime() ?? null

const factsOf = (row: Row): HealthFacts => ({
  connectivity: row.connectivity,
  connectivityChangedAtMs: ms(row.connectivity_changed_at),
  lastSeenAtMs: ms(row.last_seen_at),
  lastPollAtMs: ms(row.last_poll_at),
  lastReportAtMs: ms(row.last_report_at),
  pollIntervalMs: row.poll_interval_ms,
  isUndervolted: row.is_undervolted,
  cpuTemperatureC: row.cpu_temperature_c,
  memoryUsedMib: row.memory_used_mib,
  memoryTotalMib: row.memory_total_mib,
  storageUsedMib: row.storage_used_mib,
  storageTotalMib: row.storage_total_mib,
  services: row.services ?? [],
  currentCommit: row.current_commit,
  targetCommit: row.target_commit,
  updateState: row.update_state,
  updateProgressAtMs: ms(row.update_progress_at),
  clockSkewMs: row.clock_skew_ms,
  memory: row.health_memory,
})

async function readBatch(db: Kysely<Schema>, fleetId: number, afterId: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select d.id, d.uuid, d.name, d.connectivity, d.connectivity_changed_at, d.last_seen_at, d.last_poll_at, d.last_report_at,
      d.poll_interval_ms, d.is_undervolted, d.cpu_temperature_c, d.memory_used_mib, d.memory_total_mib, d.storage_used_mib,
      d.storage_total_mib, d.update_state, d.update_progress_at, d.clock_skew_ms, d.health_memory, d.health_reasons,
      t.commit as target_commit, c.commit as current_commit, s.services
    from (select * from device where fleet_id = ${fleetId} and deleted_at is null and id > ${afterId} order by id limit ${BATCH}) d
    left join release t on t.id = d.target_release_id
    left join release c on c.id = d.current_release_id
    left join lateral (select jsonb_agg(jsonb_build_object('name', service_name, 'status', status, 'releaseCommit', release_commit,
      'lastExitCode', last_exit_code)) as services from device_service where device_id = d.id) s on true
    order by d.id`.execute(db)
  return rows
}

type Move = ThresholdPreview['moves'][number]

function note(
  moves: Map<string, Move>,
  { from, to }: { from: Health; to: Health },
  { uuid, name }: Row,
  [first]: readonly HealthReason[],
): void {
  const key = `${from}/${to}`
  const move = moves.get(key) ?? { from, to, count: 0, devices: [] }
  moves.set(key, move)
  move.count += 1
  if (move.devices.length < MAX_PREVIEW_DEVICES)
    move.devices.push({ uuid, name, reason: first?.evidence ?? null })
}

/**
 * How many devices of a fleet would change state under other limits, by the very rules that judge them, on what is
 * stored of them; changes nothing. Both limits are applied at the same moment, so that time is not counted as a change.
 */
export async function previewThresholds(
  db: Kysely<Schema>,
  of: { fleetId: number; now: Partial<HealthThresholds>; then: HealthThresholds },
  nowMs: number,
): Promise<ThresholdPreview> {
  const moves = new Map<string, Move>()
  let judged = 0
  let afterId = 0
  for (;;) {
    const rows = await readBatch(db, of.fleetId, afterId)
    for (const row of rows) {
      const facts = factsOf(row)
      const from = judgeHealth(facts, of.now, row.health_reasons, nowMs).health
      const after = judgeHealth(facts, of.then, row.health_reasons, nowMs)
      if (from !== after.health) note(moves, { from, to: after.health }, row, after.reasons)
    }
    judged += rows.length
    afterId = rows.at(-1)?.id ?? afterId
    if (rows.length < BATCH) break
  }
  const all = [...moves.values()].sort(
    (a, b) => healthRank(a.to) - healthRank(b.to) || healthRank(a.from) - healthRank(b.from),
  )
  return { judged, changing: all.reduce((sum, move) => sum + move.count, 0), moves: all }
}
