import { sql } from 'kysely'
import type { RolloutDeviceState } from '#contract/rollout'
import type { Change } from '../../platform/changes.ts'
import { lockDevices } from '../../platform/device-target.ts'
import { count, type MemberMarks, type PhaseTally } from './engine/tally.engine.ts'
import { readPhases, writePhases } from './rollout-phases.store.ts'
import type { Trx } from './rollouts.service.ts'

type Membership = {
  rolloutId: number
  fleetId: number
  phaseIndex: number
  deviceType: string
  state: RolloutDeviceState
  /** Null: of a rollout that ended before devices were stored with what they count as. */
  marks: MemberMarks | null
}

const lockRolloutsOf = (trx: Trx, deviceId: number) =>
  sql`select id from rollout where id in (select rollout_id from rollout_device where device_id = ${deviceId})
    order by id for update`.execute(trx)

function countOut(tally: PhaseTally, member: Membership): PhaseTally {
  const left = structuredClone(tally)
  if (member.marks) {
    count(left, member.deviceType, member.marks, -1)
  } else {
    left.total--
    left.states[member.state]--
  }
  return left
}

/**
 * Takes a device that is about to be deleted out of what phases count: its row in a rollout goes with it, and a phase that
 * went on counting it would wait for it for ever. In the transaction that deletes it; answers what to publish afterwards.
 */
export async function leaveRollouts(trx: Trx, deviceId: number): Promise<Change[]> {
  // Rollouts before devices, as every step locks them.
  await lockRolloutsOf(trx, deviceId)
  await lockDevices(trx, [deviceId])
  // One that began meanwhile has it too; from here on none can take it in.
  await lockRolloutsOf(trx, deviceId)
  const { rows } = await sql<Membership>`
    select rd.rollout_id as "rolloutId", ro.fleet_id as "fleetId", rd.phase_index as "phaseIndex",
      d.device_type as "deviceType", rd.state, rd.marks
    from rollout_device rd join rollout ro on ro.id = rd.rollout_id join device d on d.id = rd.device_id
    where rd.device_id = ${deviceId} order by rd.rollout_id`.execute(trx)
  for (const member of rows) {
    const before = await readPhases(trx, member.rolloutId)
    const phase = before[member.phaseIndex]
    if (phase)
      await writePhases(trx, member.rolloutId, [{ ...phase, tally: countOut(phase.tally, member) }], before)
  }
  // The others may have waited for this one alone.
  await trx
    .updateTable('rollout')
    .set({ is_asked: true })
    .where('is_watched', '=', true)
    .where('id', 'in', (query) =>
      query.selectFrom('rollout_device').select('rollout_id').where('device_id', '=', deviceId),
    )
    .execute()
  return rows.map(({ rolloutId, fleetId }): Change => ({
    kind: 'rollout',
    rolloutId,
    fleetId,
    deviceIds: [deviceId],
  }))
}
