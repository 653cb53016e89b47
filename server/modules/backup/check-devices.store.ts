import { sql } from 'kysely'
import { connectivities, updateStates } from '#contract/device-states'
import { healthStates } from '#contract/health-states'
import { wantedTarget } from '../../platform/device-target.ts'
import { holds, words, type StoreCheck } from './store-check.ts'

/** What holds of fleets, their devices and what devices are told, and of what devices said. */
export const deviceChecks: readonly StoreCheck[] = [
  holds(
    'Every device is in a state that is known, and is ordered by its health.',
    sql`
    select format('device %s is %s, %s and %s (rank %s)', id, connectivity, health, update_state, health_rank) as what
    from device
    where connectivity <> all(${words(connectivities)}) or health <> all(${words(healthStates)})
      or update_state <> all(${words(updateStates)})
      or health_rank is distinct from array_position(${words(healthStates)}, health) - 1`,
  ),
  holds(
    'Every device that counts as reachable has a time at which it is looked at again, or a backend that looks.',
    sql`
    select format('device %s is %s, and nothing ever looks whether it still is', id, connectivity) as what
    from device where deleted_at is null and connectivity in ('online', 'late') and next_check_at is null
      and not exists (select 1 from source_device where device_id = device.id)`,
  ),
  holds(
    'Fleets, devices and rollouts name releases, services and variables of their own fleet.',
    sql`
    select format('fleet %s has release %s of fleet %s as its target', f.id, r.id, r.fleet_id) as what
      from fleet f join release r on r.id = f.target_release_id where r.fleet_id <> f.id
    union all select format('device %s of fleet %s is %s release %s of fleet %s', d.id, d.fleet_id, told.how, r.id, r.fleet_id)
      from device d cross join lateral (values ('pinned to', d.pinned_release_id), ('assigned', d.assigned_release_id),
        ('told', d.target_release_id)) as told (how, release_id) join release r on r.id = told.release_id
      where d.deleted_at is null and r.fleet_id <> d.fleet_id
    union all select format('rollout %s of fleet %s sends release %s of fleet %s', ro.id, ro.fleet_id, r.id, r.fleet_id)
      from rollout ro join release r on r.id = ro.release_id where r.fleet_id <> ro.fleet_id
    union all select format('release %s of fleet %s has service %s of fleet %s', r.id, r.fleet_id, s.id, s.fleet_id)
      from release_image i join release r on r.id = i.release_id join service s on s.id = i.service_id
      where s.fleet_id <> r.fleet_id
    union all select format('variable %s is of fleet %s, its device %s of fleet %s', v.id, v.fleet_id, d.id, d.fleet_id)
      from variable v join device d on d.id = v.device_id where d.fleet_id <> v.fleet_id`,
  ),
  holds(
    'Every device is told the release that its pin, a rollout or its fleet names.',
    sql`
    select format('device %s is told %s instead of %s', id, coalesce('release ' || told, 'none'),
      coalesce('release ' || wanted, 'none')) as what
    from (select d.id, d.target_release_id as told, ${wantedTarget} as wanted
      from device d join fleet f on f.id = d.fleet_id where d.deleted_at is null) as targets
    where told is distinct from wanted`,
  ),
  holds(
    'Every device can be found by its name, or waits to be indexed.',
    sql`
    select format('device %s is neither indexed nor waits for it', d.id) as what from device d
    where d.deleted_at is null and d.name ~ '[A-Za-z0-9]'
      and not exists (select 1 from device_term t where t.device_id = d.id)
      and not exists (select 1 from device_term_due due where due.device_id = d.id)`,
  ),
  holds(
    'Every log line names a device that is there, or one whose deletion was recorded.',
    // An entry of the audit log names a deleted device by its uuid, which lines do not have: they are compared by number.
    sql`
    select format('%s lines name device %s', lines, device_id) as what from (
      select device_id, count(*) as lines, count(*) over () as devices from log_line l
      where not exists (select 1 from device d where d.id = l.device_id) group by device_id) as gone
    where devices > (select count(*) from audit_entry where action = 'device.delete')`,
  ),
  holds(
    'What is kept of how much log each fleet has is what its lines add up to.',
    sql`
    select format('fleet %s in the hour of %s: %s lines (%s bytes) instead of %s (%s)', fleet_id,
      to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), coalesce(kept.lines, 0), coalesce(kept.bytes, 0),
      coalesce(counted.lines, 0), coalesce(counted.bytes, 0)) as what
    from (select fleet_id, hour, lines, bytes from log_usage where lines <> 0 or bytes <> 0) as kept
      full join (select fleet_id, date_trunc('hour', received_at, 'UTC') as hour, count(*) as lines,
        sum(octet_length(message) + 160) as bytes from log_line group by 1, 2) as counted using (fleet_id, hour)
    where kept.lines is distinct from counted.lines or kept.bytes is distinct from counted.bytes`,
  ),
]
