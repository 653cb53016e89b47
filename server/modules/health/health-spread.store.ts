import { sql, type Kysely } from 'kysely'
import type { HealthReason, HealthSpread } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { SUSPECT_MS, type StoredChange } from './preceding-change.rules.ts'

export type ExplainedDevice = {
  id: number
  fleetId: number
  deviceType: string
  release: { id: number; semver: string } | null
}

type Count = { fleet: number; release: number; type: number }

async function totals(db: Kysely<Schema>, device: ExplainedDevice): Promise<Count> {
  const { rows } = await sql<Count>`
    select count(*)::int as fleet,
      count(*) filter (where current_release_id = ${device.release?.id ?? null}::bigint)::int as release,
      count(*) filter (where device_type = ${device.deviceType})::int as type
    from device where fleet_id = ${device.fleetId} and deleted_at is null`.execute(db)
  return rows[0] ?? { fleet: 0, release: 0, type: 0 }
}

/** By code and service; only devices with reasons are read (index device_with_reasons). */
async function showing(
  db: Kysely<Schema>,
  device: ExplainedDevice,
  reasons: readonly HealthReason[],
): Promise<Map<string, Count>> {
  const { rows } = await sql<Count & { code: string; service: string | null }>`
    select shown.code, shown.service, count(*)::int as fleet,
      count(*) filter (where d.current_release_id = ${device.release?.id ?? null}::bigint)::int as release,
      count(*) filter (where d.device_type = ${device.deviceType})::int as type
    from device d
    cross join lateral (select distinct r.code, r.service from jsonb_to_recordset(d.health_reasons) as r (code text, service text)) shown
    where d.fleet_id = ${device.fleetId} and d.deleted_at is null and d.health_reasons <> '[]'
      and shown.code = any(${reasons.map((reason) => reason.code)}::text[])
    group by shown.code, shown.service`.execute(db)
  return new Map(rows.map((row) => [keyOf(row), row]))
}

const keyOf = (reason: { code: string; service?: string | null | undefined }) =>
  `${reason.code}/${reason.service ?? ''}`

/** For each reason, how many devices of the same fleet, release and type show it now, in two queries. */
export async function readSpreads(
  db: Kysely<Schema>,
  device: ExplainedDevice,
  reasons: readonly HealthReason[],
): Promise<HealthSpread[]> {
  if (reasons.length === 0) return []
  const all = await totals(db, device)
  const counts = await showing(db, device, reasons)
  return reasons.map((reason): HealthSpread => {
    const shown = counts.get(keyOf(reason)) ?? { fleet: 0, release: 0, type: 0 }
    const halves = (part: 'release' | 'type') => ({
      same: { count: shown[part], of: all[part] },
      others: { count: shown.fleet - shown[part], of: all.fleet - all[part] },
    })
    return {
      fleet: { count: shown.fleet, of: all.fleet },
      release: device.release === null ? null : { ...device.release, ...halves('release') },
      deviceType: { slug: device.deviceType, ...halves('type') },
    }
  })
}

const MAX_CHANGES = 200

/** What changed on a device, and of the variables of its fleet, from `SUSPECT_MS` before the oldest of these reasons. */
export async function readChanges(
  db: Kysely<Schema>,
  device: ExplainedDevice,
  reasons: readonly HealthReason[],
): Promise<StoredChange[]> {
  if (reasons.length === 0) return []
  const times = reasons.map((reason) => Date.parse(reason.since))
  const windows = times.map((at) => ({
    from: new Date(at - SUSPECT_MS).toISOString(),
    // A device may tell of a release after its services have begun to fail.
    to: new Date(at + SUSPECT_MS).toISOString(),
  }))
  const { rows } = await sql<StoredChange>`
    with span as (select * from jsonb_to_recordset(${JSON.stringify(windows)}::jsonb) as span ("from" timestamptz, "to" timestamptz))
    (select at, kind, 'device' as scope, actor, data from device_event e
      where e.device_id = ${device.id} and e.kind in ('update', 'variable', 'os', 'reboot')
        and exists (select 1 from span where e.at between span."from" and span."to")
      order by e.id desc limit ${MAX_CHANGES})
    union all
    (select at, 'variable', 'fleet', actor, data from audit_entry a
      where a.subject_kind = 'fleet' and a.subject_id = ${String(device.fleetId)} and a.action in ('variable.set', 'variable.delete')
        and exists (select 1 from span where a.at between span."from" and span."to")
      order by a.id desc limit ${MAX_CHANGES})`.execute(db)
  return rows
}
