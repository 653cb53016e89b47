import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { DeviceFilter } from '#contract/device'
import type { z } from 'zod'
import type { createRolloutBody, RolloutDetail, RolloutPreview } from '#contract/rollout'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { insertMembers, missingBytes, readCandidates, type Candidate } from './rollout-members.store.ts'
import { phaseOfRank, rolloutPosition } from './rollouts.engine.ts'
import { readRollout } from './rollouts.store.ts'

export type Actor = { name: string; kind: 'user' | 'api-token' | 'system' }
type CreateRollout = z.output<typeof createRolloutBody>
export type Trx = Transaction<Schema>

export type RolloutDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  /** Condition over the table alias `d` for a device filter; from the devices module. */
  matchDevices: (filter: DeviceFilter) => RawBuilder<boolean>
  audit: (
    trx: Trx,
    entry: {
      actor: Actor
      action: string
      subjectKind: string
      subjectId: string
      fleetId: number
      summary: string
      data?: Record<string, unknown>
    },
  ) => Promise<void>
  /** Asks the runner for a step of this rollout now. */
  wake: (rolloutId: number) => void
}

export const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

async function findRelease(db: Kysely<Schema> | Trx, fleetId: number, releaseId: number) {
  const release = await db.selectFrom('release').selectAll().where('id', '=', releaseId).executeTakeFirst()
  if (!release || release.fleet_id !== fleetId) {
    throw Problem.invalid('body.releaseId', 'is not a release of this fleet')
  }
  if (release.status === 'failed')
    throw Problem.invalid('body.releaseId', 'is a failed release; it is never offered')
  return release
}

type Split = {
  members: Candidate[]
  already: Candidate[]
  pinned: Candidate[]
  unfit: Candidate[]
}

/** Who takes part: not the incompatible, not those that run it already, pinned ones only when the plan says so. */
function splitCandidates(
  candidates: readonly Candidate[],
  releaseId: number,
  includesPinned: boolean,
): Split {
  const split: Split = { members: [], already: [], pinned: [], unfit: [] }
  for (const candidate of candidates) {
    if (!candidate.fits) split.unfit.push(candidate)
    else if (candidate.currentReleaseId === releaseId && candidate.targetReleaseId === releaseId)
      split.already.push(candidate)
    else if (candidate.isPinned && !includesPinned) split.pinned.push(candidate)
    else split.members.push(candidate)
  }
  return split
}

type Owner = { rolloutId: number; devices: number }

/** Other rollouts that own devices of this one, most devices first. */
function ownersOf(members: readonly Candidate[]): Owner[] {
  const counts = new Map<number, number>()
  for (const { ownedByRollout: owner } of members)
    if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1)
  return [...counts]
    .map(([rolloutId, devices]) => ({ rolloutId, devices }))
    .sort((a, b) => b.devices - a.devices || a.rolloutId - b.rolloutId)
}

/** Only one rollout at a time owns a device: throws a 409 problem that names the others and how many each owns. */
export function refuseOwned(owners: readonly Owner[]): void {
  if (owners.length === 0) return
  const [first, ...others] = owners.map(
    (owner) => `rollout ${owner.rolloutId} still owns ${plural(owner.devices, 'device')}`,
  )
  const sentence = [`R${(first ?? '').slice(1)}`, ...others].join(', ')
  throw Problem.conflict(
    'rollout-conflict',
    `${sentence} of these; let it end, abort it or roll it back first`,
  )
}

async function readSplit(
  deps: RolloutDeps,
  db: Kysely<Schema> | Trx,
  fleetId: number,
  body: CreateRollout,
): Promise<Split> {
  const matches =
    body.filter === undefined ? sql<boolean>`true` : deps.matchDevices({ ...body.filter, fleetId })
  const fits = releaseFits(sql`${body.releaseId}::bigint`, sql`d.device_type`)
  return splitCandidates(
    await readCandidates(db, fleetId, matches, fits),
    body.releaseId,
    body.plan.includesPinned,
  )
}

/** Bytes the members need by missing layers, and by whole pulls; null when sizes were not declared. */
async function estimateBytes(db: Kysely<Schema>, releaseId: number, members: readonly Candidate[]) {
  const release = await db
    .selectFrom('release')
    .select('size_bytes')
    .where('id', '=', releaseId)
    .executeTakeFirstOrThrow()
  if (release.size_bytes === null) return { estimatedBytes: null, fullBytes: null }
  const spread = new Map<number, number>()
  for (const member of members)
    spread.set(member.currentReleaseId ?? 0, (spread.get(member.currentReleaseId ?? 0) ?? 0) + 1)
  const missing = await sql<{ from_id: number; bytes: number }>`
    select pair.from_id, ${missingBytes(sql`pair.from_id`, sql`${releaseId}::bigint`)} as bytes
    from unnest(${[...spread.keys()]}::bigint[]) as pair(from_id)`.execute(db)
  const estimatedBytes = missing.rows.reduce(
    (sum, row) => sum + row.bytes * (spread.get(row.from_id) ?? 0),
    0,
  )
  return { estimatedBytes, fullBytes: release.size_bytes * members.length }
}

export async function previewRollout(
  deps: RolloutDeps,
  fleetId: number,
  body: CreateRollout,
): Promise<RolloutPreview> {
  await findRelease(deps.db, fleetId, body.releaseId)
  const split = await readSplit(deps, deps.db, fleetId, body)
  const unfit = new Map<string, number>()
  for (const candidate of split.unfit)
    unfit.set(candidate.deviceType, (unfit.get(candidate.deviceType) ?? 0) + 1)
  return {
    total: split.members.length + split.already.length + split.pinned.length + split.unfit.length,
    willUpdate: split.members.length,
    alreadyRunning: split.already.length,
    pinned: split.pinned.length,
    incompatible: [...unfit].map(([deviceType, count]) => ({
      deviceType,
      count,
      reason: 'The release has no images for this device type',
    })),
    offline: split.members.filter((member) => member.isOffline).length,
    ...(await estimateBytes(deps.db, body.releaseId, split.members)),
    conflict: ownersOf(split.members)[0] ?? null,
  }
}

function plannedMembers(rolloutId: number, body: CreateRollout, split: Split) {
  const ordered = split.members
    .map((member) => ({ ...member, position: rolloutPosition(rolloutId, member.uuid) }))
    .sort((a, b) => a.position - b.position || a.deviceId - b.deviceId)
  const taking = ordered.map((member, rank) => ({
    deviceId: member.deviceId,
    position: member.position,
    phaseIndex: phaseOfRank(body.plan, rank, ordered.length),
    state: member.isOffline ? ('offline' as const) : ('waiting' as const),
    reason: null,
  }))
  const lastPhase = body.plan.phases.length - 1
  const skipped = (candidates: readonly Candidate[], reason: string) =>
    candidates.map((candidate) => ({
      deviceId: candidate.deviceId,
      position: rolloutPosition(rolloutId, candidate.uuid),
      phaseIndex: lastPhase,
      state: 'skipped' as const,
      reason,
    }))
  return [
    ...taking,
    ...skipped(split.pinned, 'Pinned to another release; the plan does not include pinned devices'),
    ...skipped(split.unfit, 'The release has no images for this device type'),
    ...skipped(split.already, 'Runs this release already'),
  ]
}

/** The fleet row, locked: two operators who start or end rollouts of one fleet are put in line. */
export async function lockFleet(trx: Trx, fleetId: number) {
  const fleet = await trx
    .selectFrom('fleet')
    .selectAll()
    .where('id', '=', fleetId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!fleet) throw Problem.notFound('fleet', String(fleetId))
  return fleet
}

export async function createRollout(
  deps: RolloutDeps,
  fleetId: number,
  body: CreateRollout,
  actor: Actor,
): Promise<RolloutDetail> {
  const now = deps.now()
  const changes: Change[] = []
  // A filter that narrows nothing means the whole fleet, which then follows the release too.
  const filter = body.filter !== undefined && narrows(body.filter) ? body.filter : null
  const rolloutId = await deps.db.transaction().execute(async (trx) => {
    const fleet = await lockFleet(trx, fleetId)
    const release = await findRelease(trx, fleetId, body.releaseId)
    const split = await readSplit(deps, trx, fleetId, body)
    refuseOwned(ownersOf(split.members))
    if (split.members.length === 0) {
      throw Problem.conflict(
        'nothing-to-update',
        'No device would be updated: all of them run this release, are pinned or cannot run it',
      )
    }
    const { id } = await trx
      .insertInto('rollout')
      .values({
        fleet_id: fleetId,
        release_id: body.releaseId,
        state: 'running',
        plan: JSON.stringify(body.plan),
        filter: filter === null ? null : JSON.stringify(filter),
        note: body.note,
        previous_policy: fleet.policy,
        previous_target_release_id: fleet.target_release_id,
        created_by: actor.name,
        created_at: now,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await insertMembers(trx, id, plannedMembers(id, body, split))
    await deps.audit(trx, {
      actor,
      action: 'rollout.start',
      subjectKind: 'rollout',
      subjectId: String(id),
      fleetId,
      summary: `Started rollout ${id}: ${release.semver} to ${plural(split.members.length, 'device')} of ${fleet.name}`,
    })
    changes.push({ kind: 'rollout', rolloutId: id, fleetId, deviceIds: [] }, { kind: 'fleet', fleetId })
    return id
  })
  deps.publish(changes)
  deps.wake(rolloutId)
  return readExisting(deps, rolloutId)
}

/** Whether a filter leaves out anything of a fleet. */
const narrows = ({ fleetId: _fleetId, ...filter }: DeviceFilter) =>
  Object.values(filter).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '',
  )

/** The rollout, or 404. */
export async function readExisting(deps: Pick<RolloutDeps, 'db'>, rolloutId: number): Promise<RolloutDetail> {
  const rollout = await readRollout(deps.db, rolloutId)
  if (!rollout) throw Problem.notFound('rollout', String(rolloutId))
  return rollout
}
