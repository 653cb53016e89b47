-- Rollouts in phases with gates. Rollouts that are still under way have no phases to go on with, so they end here.
update rollout set state = 'aborted', finished_at = coalesce(finished_at, now())
  where state in ('running', 'paused', 'rolling-back');
update rollout_device set state = 'skipped', reason = 'The rollout ended with an upgrade of the gateway'
  where state not in ('succeeded', 'failed', 'rolled-back', 'skipped');
update rollout set plan = plan || jsonb_build_object('phases', (
  select jsonb_agg((phase - 'percent') || jsonb_build_object(
    'reach', jsonb_build_object('kind', 'percent', 'percent', phase -> 'percent'), 'approval', 'auto') order by place)
  from jsonb_array_elements(plan -> 'phases') with ordinality as listed(phase, place)));

alter table rollout
  -- Offers made in the minute that began then, for the rate.
  add column starts_minute timestamptz,
  add column starts_count integer not null default 0,
  -- Why the engine paused or rolled back, in one sentence with its figures; cleared by resuming.
  add column halt_reason text;

create table rollout_phase (
  rollout_id bigint not null references rollout (id) on delete cascade,
  index smallint not null,
  state text not null check (state in ('pending', 'awaiting-approval', 'open', 'passed')),
  is_control boolean not null default false,
  opened_at timestamptz,
  passed_at timestamptz,
  is_approved boolean not null default false,
  is_skipped boolean not null default false,
  -- Criteria that tripped and after which somebody resumed nevertheless.
  accepted jsonb not null default '[]',
  -- Kept counts of the phase's devices: a step takes back what a device counted as and adds what it counts as now.
  tally jsonb not null,
  primary key (rollout_id, index)
);

alter table rollout_device
  add column attempts smallint not null default 0,
  add column soaked_ms bigint,
  add column not_before timestamptz,
  add column deadline_at timestamptz,
  add column deadline_left_ms bigint,
  -- When time alone changes the device next.
  add column due_at timestamptz,
  -- As what the device is counted in its phase's tally.
  add column marks jsonb,
  -- From the device's tag `timezone`, for maintenance windows.
  add column time_zone text;
create index rollout_device_waiting on rollout_device (rollout_id, phase_index, position) where state = 'waiting';
create index rollout_device_due on rollout_device (rollout_id, due_at) where due_at is not null;

-- What ended before has its counts by state; nothing is judged by them any more.
insert into rollout_phase (rollout_id, index, state, tally)
select rollout_id, phase_index, 'passed', jsonb_build_object(
  'total', sum(count), 'states', jsonb_object_agg(state, count), 'types', '{}'::jsonb,
  'touched', '{"total":0,"silent":0,"compared":0,"reasons":{},"types":{}}'::jsonb,
  'untouched', '{"total":0,"silent":0,"compared":0,"reasons":{},"types":{}}'::jsonb)
from (select rollout_id, phase_index, state, count(*)::int as count from rollout_device
  group by rollout_id, phase_index, state) counted
group by rollout_id, phase_index;
