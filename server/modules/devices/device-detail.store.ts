import { sql, type Kysely } from 'kysely'
import type { DeviceDetail, DeviceEvent, LayerState, MetricSeries, UpdateBytes } from '#contract/device'
import { reservedTags } from '#contract/device-protocol'
import type { ReleaseRef } from '#contract/fleet'
import type { HealthReason, Layer } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import { keyOf } from './device-key.store.ts'
import { rowsByUuid } from './device-rows.store.ts'

export type JudgeLayers = (facts: {
  connectivity: DeviceDetail['connectivity']
  reasons: readonly HealthReason[]
  services: readonly { name: string; status: string }[]
  osVersion: string | null
  supervisorVersion: string | null
}) => LayerState[]

const iso = (at: Date | null) => at?.toISOString() ?? null
const whole = (text: string | undefined) =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null

function hostOsOf(device: {
  os_version: string | null
  os_variant: string | null
  target_os_version: string | null
  device_facts: Record<string, string>
}): DeviceDetail['hostOs'] {
  const facts = device.device_facts
  const active = facts[reservedTags.osSlot]
  const passive = facts[reservedTags.osPassive]
  const base = {
    version: device.os_version,
    variant: device.os_variant,
    targetVersion: device.target_os_version,
  }
  if (active === undefined) return { ...base, slots: null }
  // The passive slot is told as "B 6.0.24".
  const [name = '', version = ''] = passive?.split(' ') ?? []
  return {
    ...base,
    slots: {
      active: { name: active, version: device.os_version },
      passive: passive === undefined ? null : { name, version: version === '' ? null : version },
      phase: facts[reservedTags.osPhase] ?? 'idle',
      bootCount: whole(facts[reservedTags.osBootCount]),
      rollback: facts[reservedTags.osRollback] || null,
    },
  }
}

async function lastUpdateOf(
  db: Kysely<Schema>,
  deviceId: number,
  current: ReleaseRef | null,
  facts: Record<string, string>,
): Promise<UpdateBytes | null> {
  const sent = whole(facts[reservedTags.updateBytes])
  const full = whole(facts[reservedTags.updateFullBytes])
  if (sent !== null && full !== null) {
    const mode = facts[reservedTags.updateMode]
    return {
      sentBytes: sent,
      fullBytes: full,
      mode: mode === 'delta' || mode === 'full' ? mode : 'unknown',
      isEstimate: false,
    }
  }
  if (current === null) return null
  const estimate = await db
    .selectFrom('rollout_device')
    .select(['sent_bytes', 'full_bytes'])
    .where('device_id', '=', deviceId)
    .where('sent_bytes', 'is not', null)
    .orderBy('rollout_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!estimate || estimate.sent_bytes === null || estimate.full_bytes === null) return null
  return { sentBytes: estimate.sent_bytes, fullBytes: estimate.full_bytes, mode: 'unknown', isEstimate: true }
}

/** Grows with every step of an action of the device. */
async function countActionSteps(db: Kysely<Schema>, deviceId: number): Promise<number> {
  const row = await db
    .selectFrom('device_action')
    .select((eb) =>
      sql<number>`(${eb.fn.countAll()} + count(delivered_at) + count(finished_at) + count(finished_at) filter (where state <> 'expired') + count(overridden_until))::int`.as(
        'steps',
      ),
    )
    .where('device_id', '=', deviceId)
    .executeTakeFirstOrThrow()
  return row.steps
}

/** Everything the page of one device shows, but events, metrics and logs; null when there is no such device. */
export async function readDevice(
  db: Kysely<Schema>,
  uuid: string,
  judgeLayers: JudgeLayers,
): Promise<DeviceDetail | null> {
  const [row] = await rowsByUuid(db, [uuid])
  if (!row) return null
  const device = await db.selectFrom('device').selectAll().where('uuid', '=', uuid).executeTakeFirst()
  // Deleted between the two reads.
  if (!device) return null
  const running = await db
    .selectFrom('device_service')
    .selectAll()
    .where('device_id', '=', device.id)
    .orderBy('service_name')
    .execute()
  const targets =
    row.targetRelease === null
      ? []
      : await db
          .selectFrom('release_image as i')
          .innerJoin('service as s', 's.id', 'i.service_id')
          .select(['s.name', 'i.image'])
          .where('i.release_id', '=', row.targetRelease.id)
          .execute()
  const pinned =
    device.pinned_release_id === null
      ? undefined
      : await db
          .selectFrom('release')
          .select(['id', 'semver', 'commit'])
          .where('id', '=', device.pinned_release_id)
          .executeTakeFirst()
  const stopped = await db
    .selectFrom('device_stopped_service')
    .select('service_name')
    .where('device_id', '=', device.id)
    .execute()
  const services = running.map((service) => ({
    name: service.service_name,
    image: service.image,
    releaseCommit: service.release_commit,
    status: service.status,
    downloadPercent: service.download_percent,
    restarts: service.restarts,
    lastExitCode: service.last_exit_code,
    targetImage: targets.find((target) => target.name === service.service_name)?.image ?? null,
    shouldRun: targets.some((target) => target.name === service.service_name),
    isStopped: stopped.some((one) => one.service_name === service.service_name),
    updatedAt: service.updated_at.toISOString(),
  }))
  // While an update runs a service appears under two releases; its layer is shown once, by what runs.
  const distinct = [
    ...new Map(
      [...services]
        .sort((a, b) => Number(a.status === 'Running') - Number(b.status === 'Running'))
        .map((service) => [service.name, service]),
    ).values(),
  ]
  return {
    ...row,
    id: device.id,
    notesChangedAt: iso(device.notes_changed_at),
    createdAt: device.created_at.toISOString(),
    macAddress: device.mac_address,
    apiPort: device.api_port,
    cpuId: device.cpu_id,
    storageBlockDevice: device.storage_block_device,
    isUndervolted: device.is_undervolted,
    lastPollAt: iso(device.last_poll_at),
    lastReportAt: iso(device.last_report_at),
    metricsAt: iso(device.metrics_at),
    clockSkewMs: device.clock_skew_ms,
    pollIntervalMs: device.poll_interval_ms,
    hasActionChannel: device.has_action_channel,
    actionChannelAt: iso(device.action_channel_at),
    isAskedBySource: device.is_asked_by_source,
    lockOverriddenUntil: iso(device.lock_overridden_until),
    key: keyOf(device),
    actionSteps: await countActionSteps(db, device.id),
    pinnedRelease: pinned ?? null,
    hostOs: hostOsOf(device),
    facts: device.device_facts,
    layers: judgeLayers({
      connectivity: row.connectivity,
      reasons: row.reasons,
      services: distinct,
      osVersion: row.osVersion,
      supervisorVersion: row.supervisorVersion,
    }),
    services,
    lastUpdate: await lastUpdateOf(db, device.id, row.currentRelease, device.device_facts),
  }
}

type EventRow = {
  id: number
  at: Date
  kind: string
  layer: Layer | null
  severity: DeviceEvent['severity']
  summary: string
  actor: string | null
}
const toEvent = (row: EventRow): DeviceEvent => ({
  id: row.id,
  at: row.at.toISOString(),
  kind: row.kind as DeviceEvent['kind'],
  layer: row.layer,
  severity: row.severity,
  summary: row.summary,
  actor: row.actor,
})

/** Events of a device (of these kinds only, if any are named), newest first, older than `before`; or, oldest first, those after `after`. */
export async function readEvents(
  db: Kysely<Schema>,
  deviceId: number,
  page: { before?: number; after?: number; kinds?: readonly string[]; limit: number },
): Promise<DeviceEvent[]> {
  const rows = await db
    .selectFrom('device_event')
    .select(['id', 'at', 'kind', 'layer', 'severity', 'summary', 'actor'])
    .where('device_id', '=', deviceId)
    .$if(page.before !== undefined, (q) => q.where('id', '<', page.before ?? 0))
    .$if(page.after !== undefined, (q) => q.where('id', '>', page.after ?? 0))
    .$if((page.kinds ?? []).length > 0, (q) => q.where('kind', 'in', page.kinds ?? []))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(toEvent)
}

const OFFLINE_SPANS = 500

/** Metric means by bucket, and the spans in which the device was not heard, both clipped to the range. */
export async function readMetrics(
  db: Kysely<Schema>,
  deviceId: number,
  from: Date,
  to: Date,
  points: number,
): Promise<MetricSeries> {
  const bucketMs = Math.max(1_000, Math.ceil((to.getTime() - from.getTime()) / points))
  const rows = await sql<{
    bucket: number
    cpu: number | null
    temperature: number | null
    memory: number | null
    memory_total: number | null
    storage: number | null
    storage_total: number | null
    low: (number | null)[]
    high: (number | null)[]
  }>`
    select floor(extract(epoch from at) * 1000 / ${bucketMs})::bigint as bucket, avg(cpu_percent)::double precision as cpu,
      avg(cpu_temperature_c)::double precision as temperature, avg(memory_used_mib)::double precision as memory, max(memory_total_mib)::double precision as memory_total,
      avg(storage_used_mib)::double precision as storage, max(storage_total_mib)::double precision as storage_total,
      jsonb_build_array(min(cpu_percent), min(cpu_temperature_c), min(memory_used_mib), min(storage_used_mib)) as low,
      jsonb_build_array(max(cpu_percent), max(cpu_temperature_c), max(memory_used_mib), max(storage_used_mib)) as high
    from metric where device_id = ${deviceId} and at >= ${from} and at <= ${to} group by bucket order by bucket`.execute(
    db,
  )
  const events = await sql<{ at: Date; to_state: string | null }>`
    select coalesce((data ->> 'since')::timestamptz, at) as at, data ->> 'to' as to_state from device_event
    where device_id = ${deviceId} and kind = 'connectivity' and device_event.at <= ${to} order by id desc limit ${OFFLINE_SPANS}`.execute(
    db,
  )
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    bucketMs,
    points: rows.rows.map((row) => ({
      at: new Date(row.bucket * bucketMs).toISOString(),
      cpuPercent: row.cpu,
      cpuTemperatureC: row.temperature,
      memoryUsedMib: row.memory,
      memoryTotalMib: row.memory_total,
      storageUsedMib: row.storage,
      storageTotalMib: row.storage_total,
      lowest: extremesOf(row.low),
      highest: extremesOf(row.high),
    })),
    offline: offlineSpans(events.rows.reverse(), from, to),
  }
}

const extremesOf = ([cpu, temperature, memory, storage]: readonly (number | null)[]) => ({
  cpuPercent: cpu ?? null,
  cpuTemperatureC: temperature ?? null,
  memoryUsedMib: memory ?? null,
  storageUsedMib: storage ?? null,
})

/** Pairs "went offline" with the return after it; an open span ends with the range. Pure. */
export function offlineSpans(
  events: readonly { at: Date; to_state: string | null }[],
  from: Date,
  to: Date,
): MetricSeries['offline'] {
  const spans: MetricSeries['offline'] = []
  let since: Date | null = null
  const close = (until: Date) => {
    if (since === null) return
    const start = since < from ? from : since
    if (until > start) spans.push({ from: start.toISOString(), to: until.toISOString() })
    since = null
  }
  for (const event of events) {
    if (event.to_state === 'offline') since ??= event.at
    else close(event.at)
  }
  close(to)
  return spans
}
