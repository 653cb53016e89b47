import type { RolloutEvent } from '#contract/rollout'
import { iso, type Db } from './rollout-rows.ts'

/** What was done to a rollout and what it did by itself, newest first; `before`: id of an entry, those older than it. */
export async function readTimeline(
  db: Db,
  rolloutId: number,
  page: { before?: number | undefined; limit: number },
): Promise<RolloutEvent[]> {
  const { before } = page
  const rows = await db
    .selectFrom('audit_entry')
    .select(['id', 'at', 'actor', 'actor_kind', 'action', 'summary'])
    .where('subject_kind', '=', 'rollout')
    .where('subject_id', '=', String(rolloutId))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? 0))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
  return rows.map(({ actor_kind, at, ...row }) => ({ ...row, at: iso(at), actorKind: actor_kind }))
}
