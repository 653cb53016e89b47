-- Since when a device is in its fleet: rollouts that were under way then take it in.
alter table device add column joined_at timestamptz not null default now();
update device set joined_at = created_at;
create index device_by_joined on device (fleet_id, joined_at) where deleted_at is null;

alter table rollout
  -- Devices still move in it; only such rollouts are looked at by the runner.
  add column is_watched boolean not null default true,
  -- Somebody started it or said a verb, and no step has looked at it since.
  add column is_asked boolean not null default true,
  -- When time alone lets the next device be offered the release: a new minute of its rate, or a window that opens.
  add column next_offer_at timestamptz;
update rollout set is_asked = false, is_watched = state in ('running', 'paused', 'rolling-back') or (state = 'aborted' and exists (
  select 1 from rollout_device rd where rd.rollout_id = rollout.id
    and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped')));
create index rollout_watched on rollout (id) where is_watched;

-- Plans that were made before they could say these things.
update rollout set plan = '{"newcomers": "last-phase", "pinnedDevices": []}'::jsonb || plan;
update plan_template set plan = '{"newcomers": "last-phase", "pinnedDevices": []}'::jsonb || plan;
