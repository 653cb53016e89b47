import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { DeviceFilter } from '#contract/device'
import type { RolloutPlan } from '#contract/rollout-plan'
import type { Schema } from '../../platform/db/schema.ts'
import { releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { readCandidates } from './rollout-members.store.ts'
import {
  sentBy,
  splitCandidates,
  standsForOs,
  standsForRelease,
  type Sent,
  type Split,
} from './rollout-split.rules.ts'

type Db = Kysely<Schema> | Transaction<Schema>

/** What is sent to which devices, as far as that tells who takes part. */
type Asked = {
  releaseId?: number | undefined
  osVersion?: string | undefined
  filter?: DeviceFilter | undefined
  plan: Pick<RolloutPlan, 'includesPinned' | 'pinnedDevices'>
}

/** What is sent in words; throws where it is a release that cannot be. */
export async function nameSent(db: Db, fleetId: number, sent: Sent): Promise<string> {
  if (sent.kind === 'host-os') return `host OS ${sent.osVersion}`
  const release = await db
    .selectFrom('release')
    .selectAll()
    .where('id', '=', sent.releaseId)
    .executeTakeFirst()
  if (!release || release.fleet_id !== fleetId)
    throw Problem.invalid('body.releaseId', 'is not a release of this fleet')
  if (release.status === 'failed')
    throw Problem.invalid('body.releaseId', 'is a failed release; it is never offered')
  return release.semver
}

async function readTypesWithOs(db: Db, version: string): Promise<ReadonlySet<string>> {
  const result = await sql<{ slug: string }>`
    select slug from device_type where os_versions @> to_jsonb(${version}::text)`.execute(db)
  return new Set(result.rows.map((row) => row.slug))
}

/** The devices a rollout means, told apart by whether and why not they take part. */
export async function readSplit(
  deps: { matchDevices: (filter: DeviceFilter) => RawBuilder<boolean> },
  db: Db,
  fleetId: number,
  body: Asked,
  /** Over `d`: only these are looked at. */
  among = sql<boolean>`true`,
): Promise<Split> {
  const sent = sentBy(body)
  const matches =
    body.filter === undefined ? sql<boolean>`true` : deps.matchDevices({ ...body.filter, fleetId })
  const fits =
    sent.kind === 'release'
      ? releaseFits(sql`${sent.releaseId}::bigint`, sql`d.device_type`)
      : sql<boolean>`true`
  const candidates = await readCandidates(db, fleetId, sql<boolean>`${matches} and ${among}`, fits)
  return splitCandidates(
    candidates,
    sent.kind === 'release'
      ? standsForRelease(sent.releaseId, body.plan)
      : standsForOs(sent.osVersion, await readTypesWithOs(db, sent.osVersion)),
  )
}
