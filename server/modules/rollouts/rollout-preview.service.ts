import { sql, type Kysely } from 'kysely'
import type { RolloutPreview } from '#contract/rollout'
import type { RolloutPlan } from '#contract/rollout-plan'
import type { Schema } from '../../platform/db/schema.ts'
import { assignPhases, controlPhaseIndex, phaseCount, rolloutPosition } from './engine/phase-order.engine.ts'
import { resolvePlan } from './plan-templates.store.ts'
import { missingBytes } from './rollout-bytes.store.ts'
import type { Candidate } from './rollout-members.store.ts'
import {
  findRelease,
  ownersOf,
  readSplit,
  type CreateRollout,
  type Planned,
  type RolloutDeps,
  type Split,
} from './rollouts.service.ts'

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
  asked: CreateRollout,
): Promise<RolloutPreview> {
  const body: Planned = { ...asked, plan: await resolvePlan(deps.db, fleetId, asked) }
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
    phases: previewPhases(body.plan, split),
  }
}

/** How the target set would fall into phases. The order differs at the start, since it hangs on the rollout's id. */
function previewPhases(plan: RolloutPlan, split: Split): RolloutPreview['phases'] {
  const phaseOf = assignPhases(
    plan,
    split.members.map((member) => ({ ...member, position: rolloutPosition(0, member.uuid) })),
  )
  return Array.from({ length: phaseCount(plan) }, (_, index) => {
    const devices = split.members.filter((member) => phaseOf.get(member.deviceId) === index)
    const isControl = index === controlPhaseIndex(plan)
    return {
      name: isControl ? 'Control group' : (plan.phases[index]?.name ?? ''),
      isControl,
      devices: devices.length,
      offline: devices.filter((device) => device.isOffline).length,
    }
  })
}
