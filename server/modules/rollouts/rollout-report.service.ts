import { sql } from 'kysely'
import { REPORT_NAMED_DEVICES, REPORT_TIMELINE_LENGTH, type RolloutReport } from '#contract/rollout-report'
import { atOneMoment } from '../../platform/db/one-moment.ts'
import { readExisting, type RolloutDeps } from './rollouts.service.ts'
import { readVerdicts } from './rollout-phases.store.ts'
import { iso, type Db } from './rollout-rows.ts'
import { readTimeline } from './rollout-timeline.store.ts'

/** Devices by state and reason that have not come to the end the rollout is after. */
async function readNotUpdated(db: Db, rolloutId: number): Promise<RolloutReport['notUpdated']> {
  const result = await sql<RolloutReport['notUpdated'][number]>`
    select state, reason, count(*)::int as count,
      coalesce(jsonb_agg(jsonb_build_object('uuid', uuid, 'name', name) order by name)
        filter (where place <= ${REPORT_NAMED_DEVICES}), '[]') as devices
    from (select rd.state, rd.reason, d.uuid, d.name,
        row_number() over (partition by rd.state, rd.reason order by d.name) as place
      from rollout_device rd join device d on d.id = rd.device_id
      where rd.rollout_id = ${rolloutId} and rd.state <> 'succeeded') left_over
    group by state, reason order by count(*) desc, state, reason limit 100`.execute(db)
  return result.rows
}

/** Everything of a rollout that its report tells, of one moment, so that its parts agree. */
export const reportRollout = (
  deps: Pick<RolloutDeps, 'db' | 'now'>,
  rolloutId: number,
): Promise<RolloutReport> =>
  atOneMoment(deps.db, async (db) => {
    const rollout = await readExisting({ db }, rolloutId)
    const gates = (await readVerdicts(db, rolloutId)).map((gate) => ({ ...gate, isFinal: true }))
    const { gate } = rollout
    const timeline = await readTimeline(db, rolloutId, { limit: REPORT_TIMELINE_LENGTH + 1 })
    return {
      generatedAt: iso(deps.now()),
      rollout,
      gates:
        gate === null || gate.isFinal
          ? gates
          : [...gates.filter((one) => one.phaseIndex !== gate.phaseIndex), gate],
      notUpdated: await readNotUpdated(db, rolloutId),
      timeline: timeline.slice(0, REPORT_TIMELINE_LENGTH).reverse(),
      isTimelineCut: timeline.length > REPORT_TIMELINE_LENGTH,
    }
  })
