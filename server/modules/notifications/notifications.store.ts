import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import {
  INBOX_LENGTH,
  type Inbox,
  type MarkSeen,
  type NeedsAction,
  type Notification,
  type NotificationEvent,
} from '#contract/notification'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin } from '../../platform/within.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type Row = {
  id: number
  at: Date
  event: NotificationEvent
  rollout_id: number | null
  device_uuid: string | null
  device_name: string | null
  fleet_id: number
  fleet_name: string
  summary: string
  actor: string
  is_seen: boolean
}

const MAX_NEEDING_ACTION = 100

const toNotification = (row: Row): Notification => ({
  id: row.id,
  at: row.at.toISOString(),
  event: row.event,
  rolloutId: row.rollout_id,
  device:
    row.device_uuid === null || row.device_name === null
      ? null
      : { uuid: row.device_uuid, name: row.device_name },
  fleetId: row.fleet_id,
  fleetName: row.fleet_name,
  summary: row.summary,
  actor: row.actor,
  isSeen: row.is_seen,
})

/** Whose inbox it is, and of which fleets it may tell. */
export type InboxOf = { userId: number; within: FleetScope }

/** The fleet that a notification `n` is about. */
const fleetOf = sql`coalesce((select ro.fleet_id from rollout ro where ro.id = n.rollout_id),
  (select d.fleet_id from device d where d.id = n.device_id))`

/** What is told to everybody who may see its fleet, or to somebody alone. */
const isFor = ({ userId, within }: InboxOf) => sql<boolean>`((n.user_id is null or n.user_id = ${userId})
  and ${isFleetWithin(within, fleetOf)})`

/** What was told before somebody had an account is nothing he missed. */
const isSeenBy = ({ userId }: InboxOf) => sql<boolean>`(
  n.at < (select created_at from app_user where id = ${userId})
  or exists (select 1 from notification_seen s where s.user_id = ${userId} and s.notification_id = n.id))`

async function readRows(
  db: Db,
  whose: InboxOf,
  conditions: readonly RawBuilder<unknown>[],
  limit: number,
): Promise<Notification[]> {
  const all = [isFor(whose), ...conditions]
  const { rows } = await sql<Row>`
    select n.id, n.at, n.event, n.rollout_id, d.uuid as device_uuid, d.name as device_name, f.id as fleet_id,
      f.name as fleet_name, n.summary, n.actor,
      ${isSeenBy(whose)} as is_seen
    from notification n left join rollout ro on ro.id = n.rollout_id left join device d on d.id = n.device_id
    join fleet f on f.id = coalesce(ro.fleet_id, d.fleet_id)
    where ${sql.join(all, sql` and `)} order by n.id desc limit ${limit}`.execute(db)
  return rows.map(toNotification)
}

/** Rollouts that stand still until somebody decides, longest waiting first. */
async function readNeedsAction(db: Db, within: FleetScope): Promise<NeedsAction[]> {
  const { rows } = await sql<NeedsAction>`
    select ro.id as "rolloutId", f.name as "fleetName",
      case when ro.state = 'paused' then 'paused' else 'awaiting-approval' end as why
    from rollout ro join fleet f on f.id = ro.fleet_id
    where ${isFleetWithin(within, sql`ro.fleet_id`)} and (ro.state = 'paused' or (ro.state = 'running' and exists (
      select 1 from rollout_phase p
      where p.rollout_id = ro.id and p.state = 'awaiting-approval' and not p.is_approved)))
    order by ro.id limit ${MAX_NEEDING_ACTION}`.execute(db)
  return rows
}

/** The newest for somebody, how many are not seen, and what waits for a decision. */
export async function readInbox(db: Db, whose: InboxOf): Promise<Inbox> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from notification n where ${isFor(whose)} and not ${isSeenBy(whose)}`.execute(
    db,
  )
  return {
    rows: await readRows(db, whose, [], INBOX_LENGTH),
    unseen: rows[0]?.count ?? 0,
    needsAction: await readNeedsAction(db, whose.within),
  }
}

export type NotificationFilter = { event: readonly NotificationEvent[]; isSeen?: boolean | undefined }

const inEvents = (events: readonly NotificationEvent[]) => sql`n.event = any(${[...events]}::text[])`

/** A page, newest first; `before` is the id of the last row of the page before. */
export async function pageNotifications(
  db: Db,
  whose: InboxOf,
  page: NotificationFilter & { before: number | null; limit: number },
): Promise<{ rows: Notification[]; next: number | null }> {
  const conditions = [
    ...(page.before === null ? [] : [sql`n.id < ${page.before}`]),
    ...(page.event.length === 0 ? [] : [inEvents(page.event)]),
    ...(page.isSeen === undefined ? [] : [sql`${isSeenBy(whose)} = ${page.isSeen}`]),
  ]
  const rows = await readRows(db, whose, conditions, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null }
}

/** How many each value of a filter would leave with the other filter applied. */
export async function countNotifications(db: Db, whose: InboxOf, filter: NotificationFilter) {
  const { rows } = await sql<{ event: NotificationEvent; is_seen: boolean; count: number }>`
    select event, is_seen, count(*)::int as count
    from (select n.event, ${isSeenBy(whose)} as is_seen from notification n where ${isFor(whose)}) told
    group by event, is_seen`.execute(db)
  const event: Partial<Record<NotificationEvent, number>> = {}
  for (const row of rows)
    if (filter.isSeen === undefined || row.is_seen === filter.isSeen)
      event[row.event] = (event[row.event] ?? 0) + row.count
  const sum = (isSeen: boolean) =>
    rows
      .filter((row) => row.is_seen === isSeen)
      .filter((row) => filter.event.length === 0 || filter.event.includes(row.event))
      .reduce((total, row) => total + row.count, 0)
  return { event, seen: sum(true), unseen: sum(false) }
}

/** Counts notifications as seen by somebody; answers whether that is news. */
export async function markSeen(db: Db, whose: InboxOf, which: MarkSeen): Promise<boolean> {
  const chosen =
    'ids' in which
      ? sql`n.id = any(${which.ids}::bigint[])`
      : 'rolloutId' in which
        ? sql`n.rollout_id = ${which.rolloutId}`
        : 'deviceUuid' in which
          ? sql`n.device_id = (select id from device where uuid = ${which.deviceUuid})`
          : sql`n.id <= ${which.through}`
  const { numAffectedRows } = await sql`
    insert into notification_seen (user_id, notification_id)
    select ${whose.userId}, n.id from notification n where ${chosen} and ${isFor(whose)} and not ${isSeenBy(whose)}
    on conflict do nothing`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

/** Adds one, seen already by whoever caused it. */
export async function insertNotification(
  trx: Transaction<Schema>,
  news: {
    event: NotificationEvent
    rolloutId: number
    summary: string
    actor: { name: string; userId: number | null }
  },
  now: Date,
): Promise<void> {
  const { id } = await trx
    .insertInto('notification')
    .values({
      at: now,
      event: news.event,
      rollout_id: news.rolloutId,
      summary: news.summary,
      actor: news.actor.name,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (news.actor.userId !== null)
    await trx
      .insertInto('notification_seen')
      .values({ user_id: news.actor.userId, notification_id: id })
      .execute()
}

/** Adds news of a device for one person, who sees it as new. */
export async function insertPersonal(
  trx: Transaction<Schema>,
  news: { event: NotificationEvent; deviceId: number; userId: number; summary: string },
  now: Date,
): Promise<void> {
  await trx
    .insertInto('notification')
    .values({
      at: now,
      event: news.event,
      device_id: news.deviceId,
      user_id: news.userId,
      summary: news.summary,
      actor: 'your watch',
    })
    .execute()
}
