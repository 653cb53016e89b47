import { sql } from 'kysely'
import type { RolloutDetail } from '#contract/rollout'
import type { Db } from './rollout-rows.ts'

const MAX_EXAMPLES = 5

/**
 * SQL over `rd`: the cause of a failure. How often a service restarted, or which host OS a device fell back to, differs
 * from device to device; the cause does not.
 */
const cause = sql<string>`regexp_replace(regexp_replace(coalesce(rd.reason, 'No reason was given'),
  '[0-9]+ times', 'several times'), '; runs [^ ]+ again$', '')`
/** SQL over `rd` and `ro`: it has failed or went back by itself, or had when the rollout turned back. */
const hasFailed = sql<boolean>`(rd.state = 'failed' or (rd.state = 'rolled-back' and rd.reason is not null)
  or (rd.reason is not null and rd.state <> 'skipped' and ro.state in ('rolling-back', 'rolled-back')))`

/** SQL over `rd`: the device failed of the cause with this key; see `RolloutDetail.failures`. */
export const failedOf = (key: string) => sql<boolean>`(md5(${cause}) = ${key}
  and exists (select 1 from rollout ro where ro.id = rd.rollout_id and ${hasFailed}))`

/** Failures by cause, most frequent first, at most 50 causes. */
export async function readFailures(db: Db, rolloutId: number): Promise<RolloutDetail['failures']> {
  const result = await sql<RolloutDetail['failures'][number]>`
    select md5(kind) as key, kind as reason, count(*)::int as count,
      (jsonb_agg(jsonb_build_object('uuid', uuid, 'name', name) order by name) filter (where place <= ${MAX_EXAMPLES})) as examples
    from (select kind, uuid, name, row_number() over (partition by kind order by name) as place
      from (select ${cause} as kind, d.uuid, d.name
        from rollout_device rd join rollout ro on ro.id = rd.rollout_id join device d on d.id = rd.device_id
        where rd.rollout_id = ${rolloutId} and ${hasFailed}) told
    ) failed
    group by kind order by count desc, kind limit 50`.execute(db)
  return result.rows
}
