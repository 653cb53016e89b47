import type { FastifyInstance } from 'fastify'
import { sql, type Selectable } from 'kysely'
import { savedLogSearch, type SavedLogQuery } from '#contract/log-search'
import { routes } from '#contract/routes'
import { roleAllows, type FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import { isFleetWithin } from '../../platform/within.ts'
import type { LogDeps } from './log-deps.ts'

/** Of one person or API token; a bound, not a quota anybody should meet. */
const MOST_QUERIES = 200

type Row = Selectable<Schema['log_query']>

/** A person's queries are known by the person, those of an API token by its name. */
const isOwn = (row: Pick<Row, 'user_id' | 'saved_by'>, caller: Caller) =>
  caller.userId === null
    ? row.user_id === null && row.saved_by === caller.name
    : row.user_id === caller.userId

const ownCondition = (caller: Caller) =>
  caller.userId === null
    ? sql<boolean>`user_id is null and saved_by = ${caller.name}`
    : sql<boolean>`user_id = ${caller.userId}`

/** SQL: nothing of a query names a fleet, or a device of a fleet, that is not within. */
const isOfFleets = (within: FleetScope) =>
  within === 'all'
    ? sql<boolean>`true`
    : sql<boolean>`(coalesce((search ->> 'fleetId')::bigint = any(${[...within]}::bigint[]), true) and not exists (
        select 1 from device d, jsonb_array_elements_text(coalesce(search -> 'device', '[]'::jsonb)) as named (uuid)
        where d.uuid = named.uuid and not ${isFleetWithin(within, sql`d.fleet_id`)}))`

const toQuery = (row: Row, caller: Caller): SavedLogQuery => ({
  id: row.id,
  name: row.name,
  isShared: row.is_shared,
  isOwn: isOwn(row, caller),
  savedBy: row.saved_by,
  updatedAt: row.updated_at.toISOString(),
  search: savedLogSearch.parse(row.search),
})

/** Searches kept under a name. */
export function registerLogQueries(app: FastifyInstance, { db, now }: Pick<LogDeps, 'db' | 'now'>): void {
  registerRoute(app, routes.listLogQueries, async ({ caller, within }) => {
    const rows = await db
      .selectFrom('log_query')
      .selectAll()
      .where((eb) => eb.or([eb.and([eb('is_shared', '=', true), isOfFleets(within)]), ownCondition(caller)]))
      .orderBy(sql`lower(name)`)
      .orderBy('id')
      .execute()
    return { queries: rows.map((row) => toQuery(row, caller)) }
  })
  registerRoute(app, routes.saveLogQuery, async ({ body, caller }) => {
    if (body.isShared && !roleAllows(caller.role, 'support'))
      throw Problem.forbidden(`Sharing a query needs the role support; yours is ${caller.role}`)
    const { count } = await db
      .selectFrom('log_query')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(ownCondition(caller))
      .where(sql<boolean>`lower(name) <> lower(${body.name})`)
      .executeTakeFirstOrThrow()
    if (count >= MOST_QUERIES)
      throw Problem.conflict(
        'too-many-queries',
        `You have ${MOST_QUERIES} saved queries; delete one to save another`,
      )
    const saved = await sql<Row>`
      insert into log_query (name, user_id, saved_by, is_shared, search, updated_at)
      values (${body.name}, ${caller.userId}, ${caller.name}, ${body.isShared}, ${JSON.stringify(body.search)}::jsonb, ${now()})
      on conflict (coalesce(user_id, 0), (case when user_id is null then saved_by else '' end), lower(name))
      do update set name = excluded.name, saved_by = excluded.saved_by, is_shared = excluded.is_shared,
        search = excluded.search, updated_at = excluded.updated_at
      returning *`.execute(db)
    const [row] = saved.rows
    if (!row) throw new Error('a saved query was not returned')
    return toQuery(row, caller)
  })
  registerRoute(app, routes.deleteLogQuery, async ({ params, caller, within }) => {
    const row = await db
      .selectFrom('log_query')
      .select(['user_id', 'saved_by', 'is_shared', isOfFleets(within).as('is_of_fleets')])
      .where('id', '=', params.queryId)
      .executeTakeFirst()
    const isSeen = row !== undefined && (isOwn(row, caller) || (row.is_shared && row.is_of_fleets))
    // Somebody else's private query is not even said to exist.
    if (!isSeen) throw Problem.notFound('saved query', String(params.queryId))
    if (!isOwn(row, caller) && !roleAllows(caller.role, 'admin'))
      throw Problem.forbidden(`${row.saved_by} or an administrator can delete this query`)
    await db.deleteFrom('log_query').where('id', '=', params.queryId).execute()
  })
}
