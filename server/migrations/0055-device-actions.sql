-- One action asked of many devices at once; its devices are rows of device_action.
create table action_batch (
  id bigint generated always as identity primary key,
  kind text not null,
  service_name text,
  is_forced boolean not null default false,
  reason text not null default '',
  override_minutes integer,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  total integer not null
);

alter table device_action
  -- What the device knows it by: never used twice, also not by another gateway's store.
  add column command_id text not null default gen_random_uuid()::text,
  add column batch_id bigint references action_batch (id) on delete set null,
  add column way text not null default 'socket',
  add column reason text not null default '',
  -- Until when the device may say how it ended, once it took it.
  add column answer_by timestamptz,
  -- Until when update locks are overridden.
  add column overridden_until timestamptz,
  -- Whether the service was stopped before: what an action that was never taken goes back to.
  add column was_stopped boolean not null default false;
create unique index device_action_command on device_action (command_id);
create index device_action_by_batch on device_action (batch_id, state, id) where batch_id is not null;
drop index device_action_open;
create index device_action_open on device_action (state, expires_at, id) where state in ('queued', 'delivered');

-- What devices told when they were asked to collect diagnostics.
create table device_action_output (
  action_id bigint primary key references device_action (id) on delete cascade,
  files jsonb not null
);
