import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { missingBytes } from './rollout-bytes.store.ts'
import type { KnownDuration } from './rollout-estimate.rules.ts'
import type { Sent } from './rollout-split.rules.ts'

/** Former rollouts of the fleet that are looked at, the newest, and devices of them at the most. */
const FORMER_ROLLOUTS = 5
const FORMER_DEVICES = 1000
/** Fewer devices than this are no rate to go by. */
const FORMER_MINIMUM = 3

/**
 * Bytes that a device lacks of a release by what it runs now (null: nothing), and those of a whole pull; null when the
 * release was made without image sizes.
 */
export async function readByteNeeds(
  db: Kysely<Schema>,
  releaseId: number,
  running: readonly (number | null)[],
): Promise<{ bytesFrom: Map<number | null, number>; fullBytes: number } | null> {
  const release = await db
    .selectFrom('release')
    .select('size_bytes')
    .where('id', '=', releaseId)
    .executeTakeFirstOrThrow()
  if (release.size_bytes === null) return null
  const from = [...new Set(running.map((id) => id ?? 0))]
  const missing = await sql<{ from_id: number; bytes: number }>`
    select pair.from_id, ${missingBytes(sql`pair.from_id`, sql`${releaseId}::bigint`)} as bytes
    from unnest(${from}::bigint[]) as pair(from_id)`.execute(db)
  const bytesFrom = new Map(missing.rows.map((row) => [row.from_id === 0 ? null : row.from_id, row.bytes]))
  return { bytesFrom, fullBytes: release.size_bytes }
}

/** How long devices of this fleet took from the offer to running what was sent, their soak taken off. */
export async function readKnownDuration(
  db: Kysely<Schema>,
  fleetId: number,
  kind: Sent['kind'],
): Promise<KnownDuration> {
  const result = await sql<{ median: number | null; devices: number }>`
    select percentile_cont(0.5) within group (order by minutes) as median, count(*)::int as devices
    from (
      select greatest(0, extract(epoch from rd.updated_at - rd.offered_at)
        - (coalesce(ro.plan -> 'phases' -> rd.phase_index::int, ro.plan -> 'phases' -> -1) ->> 'soakSeconds')::numeric) / 60 as minutes
      from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      where rd.state = 'succeeded' and rd.offered_at is not null and ro.id in (
        select id from rollout where fleet_id = ${fleetId} and state in ('running', 'completed')
          and (release_id is null) = ${kind === 'host-os'}
        order by id desc limit ${FORMER_ROLLOUTS})
      order by rd.rollout_id desc limit ${FORMER_DEVICES}) taken`.execute(db)
  const row = result.rows[0]
  return row && row.median !== null && row.devices >= FORMER_MINIMUM
    ? { medianMinutes: row.median, devices: row.devices }
    : null
}
