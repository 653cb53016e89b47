import { sql, type Kysely } from 'kysely'
import type { HealthReason } from '#contract/health'
import type { Schema } from '../../platform/db/schema.ts'
import type { EventGroup, StoredEvent, TimelineAction, TimelineDevice } from './timeline-events.ts'

type Db = Kysely<Schema>
type EventRow = Omit<StoredEvent, 'atMs'> & { at: Date }

const MAX_ACTIONS = 4_000
const MAX_FLEET_CHANGES = 1_000

const toEvent = ({ at, ...row }: EventRow): StoredEvent => ({ ...row, atMs: at.getTime() })

/** The device as far as its timeline needs it; one statement. */
export async function readTimelineDevice(db: Db, uuid: string): Promise<TimelineDevice | null> {
  const { rows } = await sql<{
    id: number
    fleetId: number
    createdAt: Date
    connectivity: string
    connectivityChangedAt: Date | null
    release: string | null
    osVersion: string | null
    updateState: string
    reasons: HealthReason[]
    facts: Record<string, string>
    services: { name: string; isRunning: boolean }[] | null
  }>`
    select d.id, d.fleet_id as "fleetId", d.created_at as "createdAt", d.connectivity,
      d.connectivity_changed_at as "connectivityChangedAt", r.semver as release, d.os_version as "osVersion",
      d.update_state as "updateState", d.health_reasons as reasons, d.device_facts as facts,
      (select jsonb_agg(jsonb_build_object('name', s.service_name, 'isRunning', s.runs)) from (
        select service_name, bool_or(status in ('Running', 'Handing over', 'Awaiting handover', 'restarting')) as runs
        from device_service where device_id = d.id group by service_name) s) as services
    from device d left join release r on r.id = d.current_release_id
    where d.uuid = ${uuid} and d.deleted_at is null`.execute(db)
  const [row] = rows
  if (!row) return null
  const { createdAt, connectivityChangedAt, services, ...rest } = row
  return {
    ...rest,
    createdAtMs: createdAt.getTime(),
    connectivityChangedAtMs: connectivityChangedAt?.getTime() ?? null,
    services: services ?? [],
  }
}

/**
 * Events of the range in groups: one statement that counts what lies in the same bucket of the range and reads only the
 * first and the last of it, so that a crash loop of a month costs what its buckets cost.
 */
export async function readEventGroups(
  db: Db,
  deviceId: number,
  from: Date,
  to: Date,
  bucketMs: number,
): Promise<EventGroup[]> {
  const { rows } = await sql<
    { count: number; times: number; first: number; last: number } & EventRow & { id: number }
  >`
    with grouped as (
      select count(*)::int as count, sum(case when kind = 'service' then coalesce((data ->> 'times')::int, 1) else 1 end)::int as times,
        (min(array[extract(epoch from at), id]))[2]::bigint as first, (max(array[extract(epoch from at), id]))[2]::bigint as last
      from device_event
      where device_id = ${deviceId} and at >= ${from} and at <= ${to}
        and kind in ('connectivity', 'health', 'update', 'os', 'reboot', 'service', 'target', 'tag', 'variable', 'move', 'registered')
      group by kind, date_bin(make_interval(secs => ${bucketMs / 1000}), at, timestamptz 'epoch'),
        case kind
          when 'connectivity' then data ->> 'to'
          when 'health' then concat_ws('/', data ->> 'code', data ->> 'service', data ->> 'change')
          when 'service' then concat_ws('/', data ->> 'service', data ->> 'change')
          when 'update' then concat_ws('/', data ->> 'step', data ->> 'semver')
          when 'os' then concat_ws('/', data ->> 'phase', data ->> 'version')
          when 'reboot' then data ->> 'reason'
        end)
    select g.count, g.times, g.first, g.last, e.id, e.at, e.kind, e.severity, e.summary, e.actor, e.data
    from grouped g join device_event e on e.id in (g.first, g.last)
    order by g.first, e.at, e.id`.execute(db)
  const groups = new Map<number, EventGroup>()
  for (const { count, times, first, last: _last, id: _id, ...row } of rows) {
    const event = toEvent(row)
    const open = groups.get(first)
    if (open) open.last = event
    else groups.set(first, { first: event, last: event, count, times })
  }
  return [...groups.values()]
}

/** The last events of each kind before a moment, oldest first: what the range begins with. One statement. */
export async function readEventsBefore(db: Db, deviceId: number, from: Date): Promise<StoredEvent[]> {
  const { rows } = await sql<EventRow>`
    select e.* from (values ('connectivity', 1), ('health', 100), ('service', 100), ('update', 40), ('os', 40)) as wanted(kind, most)
    cross join lateral (
      select at, kind, severity, summary, actor, data, id from device_event
      where device_id = ${deviceId} and kind = wanted.kind and at < ${from} order by at desc, id desc limit wanted.most) e
    order by e.at, e.id`.execute(db)
  return rows.map(({ at, kind, severity, summary, actor, data }) =>
    toEvent({ at, kind, severity, summary, actor, data }),
  )
}

/** The actions that were open inside the range, the last ones if there are very many. One statement. */
export async function readTimelineActions(
  db: Db,
  deviceId: number,
  from: Date,
  to: Date,
): Promise<TimelineAction[]> {
  const { rows } = await sql<
    Omit<TimelineAction, 'createdAtMs' | 'finishedAtMs'> & { createdAt: Date; finishedAt: Date | null }
  >`
    select kind, service_name as "serviceName", state, message, created_by as "createdBy", created_at as "createdAt",
      finished_at as "finishedAt"
    from device_action
    where device_id = ${deviceId} and created_at <= ${to} and (finished_at is null or finished_at >= ${from})
    order by created_at desc limit ${MAX_ACTIONS}`.execute(db)
  return rows.map(({ createdAt, finishedAt, ...row }) => ({
    ...row,
    createdAtMs: createdAt.getTime(),
    finishedAtMs: finishedAt?.getTime() ?? null,
  }))
}

/** Changes of the variables of its fleet, which reach the device too. One statement. */
export async function readFleetChanges(db: Db, fleetId: number, from: Date, to: Date): Promise<EventGroup[]> {
  const { rows } = await sql<{ at: Date; actor: string; summary: string }>`
    select at, actor, summary from audit_entry
    where subject_kind = 'fleet' and subject_id = ${String(fleetId)} and action in ('variable.set', 'variable.delete')
      and at >= ${from} and at <= ${to} order by id desc limit ${MAX_FLEET_CHANGES}`.execute(db)
  return rows.map(({ at, actor, summary }) => {
    const event: StoredEvent = {
      atMs: at.getTime(),
      kind: 'fleet-variable',
      severity: 'info',
      summary: `${summary} of the fleet`,
      actor,
      data: {},
    }
    return { first: event, last: event, count: 1, times: 1 }
  })
}
