import { sql, type Kysely, type Transaction } from 'kysely'
import type { Architecture } from '#contract/fleet'
import type { FleetScope } from '#contract/role'
import {
  releaseStatus,
  type ReleaseDetail,
  type ReleaseRow,
  type ReleaseService,
  type ReleaseStatus,
} from '#contract/release'
import type { Schema } from '../../platform/db/schema.ts'
import { isFleetWithin } from '../../platform/within.ts'
import type { ParsedCompose } from './compose.ts'

type Db = Kysely<Schema> | Transaction<Schema>

type Row = {
  id: number
  fleet_id: number
  fleet_name: string
  semver: string
  commit: string
  status: ReleaseStatus
  notes: string
  size_bytes: number | null
  created_at: Date
  created_by: string
  device_types: string[]
  service_count: number
  running_count: number
  target_count: number
  is_fleet_target: boolean
}

const columns = sql`
  r.id, r.fleet_id, f.name as fleet_name, r.semver, r.commit, r.status, r.notes, r.size_bytes, r.created_at, r.created_by, r.device_types,
  (select count(*) from release_image i where i.release_id = r.id)::int as service_count,
  (select count(*) from device d where d.current_release_id = r.id and d.deleted_at is null)::int as running_count,
  (select count(*) from device d where d.target_release_id = r.id and d.deleted_at is null)::int as target_count,
  (f.target_release_id is not distinct from r.id) as is_fleet_target`

const toRow = (row: Row): ReleaseRow => ({
  id: row.id,
  fleetId: row.fleet_id,
  fleetName: row.fleet_name,
  semver: row.semver,
  commit: row.commit,
  status: row.status,
  notes: row.notes,
  serviceCount: row.service_count,
  sizeBytes: row.size_bytes,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  runningCount: row.running_count,
  targetCount: row.target_count,
  isFleetTarget: row.is_fleet_target,
  deviceTypes: row.device_types,
})

/** Newest first; `after` is the id of the last row of the page before. */
export async function pageReleases(
  db: Db,
  query: {
    fleetId?: number | undefined
    q: string
    status: readonly ReleaseStatus[]
    limit: number
    after: number | null
    within: FleetScope
  },
) {
  const like = `%${query.q.replace(/[\\%_]/g, '\\$&')}%`
  const withoutStatus = sql`${isFleetWithin(query.within, sql`r.fleet_id`)}
    and ${query.fleetId === undefined ? sql`true` : sql`r.fleet_id = ${query.fleetId}`}
    and ${query.q === '' ? sql`true` : sql`(r.semver ilike ${like} or r.commit like ${`${query.q.toLowerCase()}%`} or r.notes ilike ${like})`}`
  const filtered = sql`${withoutStatus}
    and ${query.status.length === 0 ? sql`true` : sql`r.status = any(${[...query.status]}::text[])`}`
  const page = await sql<Row>`
    select ${columns} from release r join fleet f on f.id = r.fleet_id
    where ${filtered} and ${query.after === null ? sql`true` : sql`r.id < ${query.after}`}
    order by r.id desc limit ${query.limit + 1}`.execute(db)
  const counted = await sql<{ status: ReleaseStatus; count: number }>`
    select r.status, count(*)::int as count from release r where ${withoutStatus} group by r.status`.execute(
    db,
  )
  const statusCounts = { draft: 0, final: 0, failed: 0 }
  for (const { status, count } of counted.rows) statusCounts[status] = count
  const chosen = query.status.length === 0 ? releaseStatus.options : query.status
  const shown = page.rows.slice(0, query.limit)
  const last = shown.at(-1)
  return {
    rows: shown.map(toRow),
    total: [...new Set(chosen)].reduce((sum, status) => sum + statusCounts[status], 0),
    statusCounts,
    next: page.rows.length > query.limit && last ? String(last.id) : null,
  }
}

async function readServices(db: Db, releaseId: number): Promise<ReleaseService[]> {
  const rows = await db
    .selectFrom('release_image as i')
    .innerJoin('service as s', 's.id', 'i.service_id')
    .selectAll('i')
    .select('s.name')
    .where('i.release_id', '=', releaseId)
    .orderBy('s.name')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    image: row.image,
    digest: row.digest,
    architecture: row.architecture,
    updateStrategy: row.update_strategy as ReleaseService['updateStrategy'],
    labels: row.labels,
    environment: row.environment,
    sizeBytes: row.size_bytes,
    layers: row.layers,
  }))
}

/** One release with services and the health of those who run it; null when there is none. */
export async function readRelease(db: Db, releaseId: number): Promise<ReleaseDetail | null> {
  const found = await sql<
    Row & { compose_yaml: string; failure_reason: string | null; finalised_at: Date | null }
  >`
    select ${columns}, r.compose_yaml, r.failure_reason, r.finalised_at from release r join fleet f on f.id = r.fleet_id where r.id = ${releaseId}`.execute(
    db,
  )
  const row = found.rows[0]
  if (!row) return null
  const health = await sql<{
    health: string
    count: number
  }>`select health, count(*)::int as count from device where current_release_id = ${releaseId} and deleted_at is null group by health`.execute(
    db,
  )
  return {
    ...toRow(row),
    composeYaml: row.compose_yaml,
    services: await readServices(db, releaseId),
    failureReason: row.failure_reason,
    finalisedAt: row.finalised_at?.toISOString() ?? null,
    runningHealth: Object.fromEntries(health.rows.map((entry) => [entry.health, entry.count])),
  }
}

/** Bytes of a release: every distinct layer once; null when a service declared none. */
export function releaseSize(services: readonly ReleaseService[]): number | null {
  if (services.some((service) => service.sizeBytes === null)) return null
  const layers = new Map(
    services.flatMap((service) => service.layers.map((layer) => [layer.digest, layer.sizeBytes] as const)),
  )
  if (layers.size === 0) return services.reduce((sum, service) => sum + (service.sizeBytes ?? 0), 0)
  return [...layers.values()].reduce((sum, size) => sum + size, 0)
}

export type NewRelease = {
  fleetId: number
  commit: string
  semver: string
  isDraft: boolean
  notes: string
  composeYaml: string
  deviceTypes: string[]
  createdBy: string
  now: Date
  compose: ParsedCompose
}

/** Stores a release with its images; services keep their id through all releases of a fleet. */
export async function insertRelease(trx: Transaction<Schema>, input: NewRelease): Promise<number> {
  const { compose } = input
  const { id } = await trx
    .insertInto('release')
    .values({
      fleet_id: input.fleetId,
      commit: input.commit,
      semver: input.semver,
      status: input.isDraft ? 'draft' : 'final',
      notes: input.notes,
      compose_yaml: input.composeYaml,
      composition: JSON.stringify({ networks: compose.networks, volumes: compose.volumes }),
      device_types: JSON.stringify(input.deviceTypes),
      size_bytes: releaseSize(compose.services),
      created_by: input.createdBy,
      created_at: input.now,
      finalised_at: input.isDraft ? null : input.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  for (const service of compose.services) {
    const own = await trx
      .insertInto('service')
      .values({ fleet_id: input.fleetId, name: service.name })
      .onConflict((conflict) => conflict.columns(['fleet_id', 'name']).doUpdateSet({ name: service.name }))
      .returning('id')
      .executeTakeFirstOrThrow()
    await trx
      .insertInto('release_image')
      .values({
        release_id: id,
        service_id: own.id,
        image: service.image,
        digest: service.digest,
        architecture: service.architecture satisfies Architecture | null,
        update_strategy: service.updateStrategy,
        labels: JSON.stringify(service.labels),
        environment: JSON.stringify(service.environment),
        composition: JSON.stringify(service.composition),
        size_bytes: service.sizeBytes,
        layers: JSON.stringify(service.layers),
      })
      .execute()
  }
  return id
}
