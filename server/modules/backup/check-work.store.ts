import { sql } from 'kysely'
import { actionStates } from '#contract/device-action'
import { holds, words, type StoreCheck } from './store-check.ts'

/** What holds of what is asked of devices and sent to others. */
export const workChecks: readonly StoreCheck[] = [
  holds(
    'Every action that ended says when, and none that is open does.',
    sql`
    select format('action %s of device %s is %s %s', id, device_id, state, why) as what
    from device_action cross join lateral (values
      ('which is no state', state <> all(${words(actionStates)})),
      ('without a time at which it ended', state not in ('queued', 'delivered') and finished_at is null),
      ('with a time at which it ended', state in ('queued', 'delivered') and finished_at is not null),
      ('without a time at which the device took it', state = 'delivered' and delivered_at is null)
    ) as faults (why, is_so) where is_so`,
  ),
  holds(
    'No bulk action has more actions than devices that were asked.',
    sql`
    select format('bulk action %s asked %s devices and has %s actions', b.id, b.total, count(*)) as what
    from action_batch b join device_action a on a.batch_id = b.id group by b.id having count(*) > b.total`,
  ),
  holds(
    'Every webhook delivery that waits has its next attempt, and every other one its end.',
    sql`
    select format('delivery %s is %s, next attempt %s, ended %s', id, state, coalesce(next_attempt_at::text, 'never'),
      coalesce(finished_at::text, 'never')) as what
    from webhook_delivery
    where (state = 'waiting') <> (next_attempt_at is not null) or (state = 'waiting') = (finished_at is not null)`,
  ),
]
