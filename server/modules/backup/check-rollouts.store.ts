import { sql } from 'kysely'
import { holds, type StoreCheck } from './store-check.ts'

/** Figures of phases that are kept and what they add up to: (rollout_id, index, figure, count) each. */
const differing = (kept: ReturnType<typeof sql>, counted: ReturnType<typeof sql>) => sql`
  select format('rollout %s, phase %s: %s is kept as %s and adds up to %s', rollout_id, index, figure,
    coalesce(kept.count, 0), coalesce(counted.count, 0)) as what
  from (${kept}) as kept full join (${counted}) as counted using (rollout_id, index, figure)
  where coalesce(kept.count, 0) <> coalesce(counted.count, 0)`

/**
 * Devices as gates compare them (modules/rollouts/engine/tally.engine.ts): those that were offered the release, and those
 * that were not and were not left out. Rollouts that ended before there were gates have no marks.
 */
const compared = sql`
  select rollout_id, phase_index as index, device_type, marks, side,
    case side when 'touched' then (marks ->> 'isUpdated')::boolean else not (marks ->> 'isAbsent')::boolean end as is_compared
  from (select rd.*, d.device_type, case when (marks ->> 'isOffered')::boolean then 'touched' else 'untouched' end as side
    from rollout_device rd join device d on d.id = rd.device_id where rd.marks is not null) as marked
  where side = 'touched' or marks ->> 'state' <> 'skipped'`

const countedSides = sql`
  with compared as materialized (${compared})
  select rollout_id, index, side || ' devices' as figure, count(*)::int as count from compared group by 1, 2, 3
  union all select rollout_id, index, side || ' silent', count(*)::int from compared
    where (marks ->> 'isSilent')::boolean group by 1, 2, 3
  union all select rollout_id, index, side || ' compared', count(*)::int from compared where is_compared group by 1, 2, 3
  union all select rollout_id, index, side || ' with ' || code, count(*)::int
    from compared, jsonb_array_elements_text(marks -> 'reasons') as code where is_compared group by 1, 2, 3
  union all select rollout_id, index, side || ' of type ' || device_type, count(*)::int
    from compared where is_compared group by 1, 2, 3
  union all select rollout_id, index, side || ' of type ' || device_type || ' with crashing ' || service, count(*)::int
    from compared, jsonb_array_elements_text(marks -> 'crashing') as service where is_compared group by 1, 2, 3`

const keptSides = sql`
  with sides as (select rollout_id, index, side, tally -> side as told
    from rollout_phase, unnest('{touched,untouched}'::text[]) as side)
  select rollout_id, index, side || ' devices' as figure, (told ->> 'total')::int as count from sides
  union all select rollout_id, index, side || ' silent', (told ->> 'silent')::int from sides
  union all select rollout_id, index, side || ' compared', (told ->> 'compared')::int from sides
  union all select rollout_id, index, side || ' with ' || r.key, r.value::int
    from sides, jsonb_each_text(told -> 'reasons') as r
  union all select rollout_id, index, side || ' of type ' || t.key, (t.value ->> 'compared')::int
    from sides, jsonb_each(told -> 'types') as t
  union all select rollout_id, index, side || ' of type ' || t.key || ' with crashing ' || c.key, c.value::int
    from sides, jsonb_each(told -> 'types') as t, jsonb_each_text(t.value -> 'crashing') as c`

/** What holds of rollouts, their phases and their devices. */
export const rolloutChecks: readonly StoreCheck[] = [
  holds(
    'Every device of a rollout is in a phase that the rollout has.',
    sql`
    select format('device %s of rollout %s is in phase %s', rd.device_id, rd.rollout_id, rd.phase_index) as what
    from rollout_device rd where not exists (
      select 1 from rollout_phase p where p.rollout_id = rd.rollout_id and p.index = rd.phase_index)`,
  ),
  holds(
    'No two rollouts that are under way are on one device.',
    // One that turns back takes its devices home, also from one that began with them meanwhile.
    sql`
    select format('device %s is on its way in the rollouts %s', rd.device_id,
      string_agg(ro.id::text, ' and ' order by ro.id)) as what
    from rollout_device rd join rollout ro on ro.id = rd.rollout_id
      join device d on d.id = rd.device_id and d.fleet_id = ro.fleet_id
    where ro.state in ('running', 'paused') and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')
    group by rd.device_id having count(*) > 1`,
  ),
  holds(
    'Kept counts of phases, by state and type, are what their devices add up to.',
    sql`
    select format('device %s of rollout %s is %s and counted as %s', device_id, rollout_id, state, marks ->> 'state') as what
      from rollout_device where marks ->> 'state' <> state
    union all ${differing(
      sql`select rollout_id, index, 'all' as figure, (tally ->> 'total')::int as count from rollout_phase
        union all select rollout_id, index, s.key, s.value::int
          from rollout_phase, jsonb_each_text(tally -> 'states') as s
        union all select rollout_id, index, 'type ' || t.key, t.value::int
          from rollout_phase, jsonb_each_text(tally -> 'types') as t`,
      sql`select rollout_id, phase_index as index, 'all' as figure, count(*)::int as count from rollout_device group by 1, 2
        union all select rollout_id, phase_index, state, count(*)::int from rollout_device group by 1, 2, 3
        union all select rd.rollout_id, rd.phase_index, 'type ' || d.device_type, count(*)::int
          from rollout_device rd join device d on d.id = rd.device_id where rd.marks is not null group by 1, 2, 3`,
    )}`,
  ),
  holds(
    'Kept figures by which gates judge are what the devices of the phases add up to.',
    differing(keptSides, countedSides),
  ),
  holds(
    'Every rollout stands as its state says: ended, paused, watched, with its phases.',
    sql`
    select format('rollout %s is %s %s', id, state, why) as what from rollout ro cross join lateral (values
      ('and has no time at which it ended', state in ('completed', 'aborted', 'rolled-back') and finished_at is null),
      ('and has a time at which it ended', state in ('running', 'paused', 'rolling-back') and finished_at is not null),
      ('without a pause that goes on', state = 'paused' and not exists (
        select 1 from rollout_pause p where p.rollout_id = ro.id and p.ended_at is null)),
      ('with a pause that goes on', state <> 'paused' and exists (
        select 1 from rollout_pause p where p.rollout_id = ro.id and p.ended_at is null)),
      ('and nobody looks at it', state in ('running', 'paused', 'rolling-back') and not is_watched),
      ('and waits to offer more', state <> 'running' and not is_asked and next_offer_at is not null),
      ('without phases', state = 'running' and not exists (select 1 from rollout_phase p where p.rollout_id = ro.id))
    ) as faults (why, is_so) where is_so`,
  ),
]
