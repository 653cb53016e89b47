import { sql } from 'kysely'
import { deviceFilter } from '#contract/device'
import { zoneOf } from './device-zone.rules.ts'
import { admitNewcomers, takesNewcomers, type Newcomer } from './engine/newcomers.engine.ts'
import { isNewcomer } from './rollout-due.store.ts'
import { insertMembers, type Candidate } from './rollout-members.store.ts'
import { readSituation, writePhases, type StoredRollout } from './rollout-phases.store.ts'
import { readSplit } from './rollout-split.service.ts'
import { observed, type RolloutDeps, type Trx } from './rollouts.service.ts'

const newcomer = (candidate: Candidate, obstacle: string | null): Newcomer => ({
  deviceId: candidate.deviceId,
  uuid: candidate.uuid,
  deviceType: candidate.deviceType,
  timeZone: zoneOf(candidate).zone,
  obstacle,
  seen: observed(candidate),
})

/**
 * Takes devices that joined the fleet since the start into the last phase; of a narrowed rollout those that match its
 * filter, now or as soon as they do. In the transaction of a step, with the rollout locked. Answers their ids.
 */
export async function admitJoined(
  deps: Pick<RolloutDeps, 'matchDevices'>,
  trx: Trx,
  rollout: StoredRollout,
): Promise<number[]> {
  if (!takesNewcomers(rollout)) return []
  const asked = {
    releaseId: rollout.release_id ?? undefined,
    osVersion: rollout.os_version ?? undefined,
    filter: rollout.filter === null ? undefined : deviceFilter.parse(rollout.filter),
    plan: rollout.plan,
  }
  const joined = sql<boolean>`exists (select 1 from rollout ro where ro.id = ${rollout.id} and ${isNewcomer})`
  const split = await readSplit(deps, trx, rollout.fleet_id, asked, joined)
  const newcomers = [
    ...split.members.map((one) =>
      newcomer(one, one.ownedByRollout === null ? null : `Rollout ${one.ownedByRollout} owns it`),
    ),
    ...[...split.pinned, ...split.unfit, ...split.already].map(({ candidate, reason }) =>
      newcomer(candidate, reason),
    ),
  ]
  if (newcomers.length === 0) return []
  const situation = await readSituation(trx, rollout)
  const { phases, members } = admitNewcomers(situation, rollout.id, newcomers)
  await insertMembers(trx, rollout.id, members)
  await writePhases(trx, rollout.id, phases, situation.phases)
  return members.map((member) => member.deviceId)
}
