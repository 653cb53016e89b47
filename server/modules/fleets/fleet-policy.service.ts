import type { Transaction } from 'kysely'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { latestRelease, recomputeTargets, releaseAssignments } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'

/** Sets which release the devices of a fleet follow; answers the devices whose target moved. */
export async function applyPolicy(
  trx: Transaction<Schema>,
  fleetId: number,
  policy: { kind: 'track-latest' } | { kind: 'pinned'; releaseId: number },
  now: Date,
): Promise<Change[]> {
  let targetId: number | null
  if (policy.kind === 'pinned') {
    const release = await trx
      .selectFrom('release')
      .select(['id', 'status'])
      .where('id', '=', policy.releaseId)
      .where('fleet_id', '=', fleetId)
      .executeTakeFirst()
    if (!release) throw Problem.invalid('body.policy.releaseId', 'is not a release of this fleet')
    if (release.status === 'failed')
      throw Problem.invalid('body.policy.releaseId', 'is a failed release; it is never offered')
    targetId = release.id
  } else {
    targetId = await latestRelease(trx, fleetId)
  }
  await trx
    .updateTable('fleet')
    .set({ policy: policy.kind, target_release_id: targetId })
    .where('id', '=', fleetId)
    .execute()
  await releaseAssignments(trx, { fleetId })
  return recomputeTargets(trx, { fleetId }, now)
}
