-- Times are timestamptz; sizes are bytes unless the column says mib.

create table app_user (
  id bigint generated always as identity primary key,
  name text not null,
  email text not null,
  password_hash text,
  role text not null check (role in ('viewer', 'support', 'release-manager', 'admin')),
  is_disabled boolean not null default false,
  created_at timestamptz not null default now(),
  last_sign_in_at timestamptz
);
create unique index app_user_email on app_user (lower(email));

create table user_session (
  token_hash text primary key,
  user_id bigint not null references app_user (id) on delete cascade,
  csrf_token text not null,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index user_session_user on user_session (user_id);

-- One-time links: the first administrator's, and sign-in links.
create table one_time_link (
  token_hash text primary key,
  purpose text not null check (purpose in ('setup', 'sign-in')),
  user_id bigint references app_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table api_token (
  id bigint generated always as identity primary key,
  name text not null,
  token_hash text not null unique,
  role text not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);

create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  actor_kind text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  fleet_id bigint,
  summary text not null,
  data jsonb not null default '{}'
);

create table device_type (
  slug text primary key,
  name text not null,
  architecture text not null,
  os_versions jsonb not null default '[]'
);

create table fleet (
  id bigint generated always as identity primary key,
  uuid text not null unique,
  name text not null,
  device_type text not null references device_type (slug),
  policy text not null default 'track-latest' check (policy in ('track-latest', 'pinned')),
  -- What unpinned devices should run; kept right by the releases module.
  target_release_id bigint,
  health_thresholds jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create unique index fleet_name on fleet (lower(name));

create table provisioning_key (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id) on delete cascade,
  name text not null,
  key_hash text not null unique,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- A service keeps its id through all releases of a fleet: device logs name services by this id.
create table service (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id) on delete cascade,
  name text not null,
  unique (fleet_id, name)
);

create table release (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id) on delete cascade,
  commit text not null,
  semver text not null,
  status text not null check (status in ('draft', 'final', 'failed')),
  failure_reason text,
  notes text not null default '',
  compose_yaml text not null,
  -- Normalised compose: { services, networks, volumes } as the target state needs them.
  composition jsonb not null,
  device_types jsonb not null default '[]',
  size_bytes bigint,
  created_by text not null,
  created_at timestamptz not null default now(),
  finalised_at timestamptz,
  unique (fleet_id, commit)
);
create index release_by_fleet on release (fleet_id, id desc);

-- The image of one service in one release; `id` is the image_id on the device's wire.
create table release_image (
  id bigint generated always as identity primary key,
  release_id bigint not null references release (id) on delete cascade,
  service_id bigint not null references service (id) on delete cascade,
  image text not null,
  digest text,
  architecture text,
  update_strategy text not null,
  labels jsonb not null default '{}',
  environment jsonb not null default '{}',
  -- Compose keys of the service without build, image, labels and environment.
  composition jsonb not null default '{}',
  size_bytes bigint,
  layers jsonb not null default '[]',
  unique (release_id, service_id)
);

alter table fleet add foreign key (target_release_id) references release (id);

create table device (
  id bigint generated always as identity primary key,
  uuid text not null unique,
  fleet_id bigint not null references fleet (id),
  device_type text not null references device_type (slug),
  name text not null,
  note text not null default '',
  key_hash text not null,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  -- Connectivity, driven by target-state polls.
  connectivity text not null default 'never' check (connectivity in ('online', 'late', 'offline', 'never')),
  connectivity_changed_at timestamptz,
  last_seen_at timestamptz,
  last_poll_at timestamptz,
  last_report_at timestamptz,
  -- When time alone would change connectivity or health; the sweeper reads only what is due.
  next_check_at timestamptz,
  poll_interval_ms integer not null default 600000,
  -- Judged.
  health text not null default 'unknown' check (health in ('critical', 'attention', 'unknown', 'ok')),
  -- 0 critical, 1 attention, 2 unknown, 3 ok: what the list is ordered by.
  health_rank smallint not null default 2,
  health_reasons jsonb not null default '[]',
  -- What it should run: pin, else a rollout's assignment, else the fleet's target. target_release_id is the outcome.
  pinned_release_id bigint references release (id),
  assigned_release_id bigint references release (id),
  target_release_id bigint references release (id),
  target_changed_at timestamptz,
  target_os_version text,
  -- What it last reported.
  current_release_id bigint references release (id),
  update_state text not null default 'idle',
  update_percent smallint,
  update_progress_at timestamptz,
  os_version text,
  os_variant text,
  supervisor_version text,
  ip_address text,
  public_address text,
  mac_address text,
  api_port integer,
  status text,
  provisioning_state text,
  provisioning_progress integer,
  cpu_id text,
  storage_block_device text,
  cpu_percent integer,
  cpu_temperature_c integer,
  memory_used_mib integer,
  memory_total_mib integer,
  storage_used_mib integer,
  storage_total_mib integer,
  metrics_at timestamptz,
  is_undervolted boolean,
  undervolted_since timestamptz,
  clock_skew_ms bigint,
  has_action_channel boolean not null default false,
  -- Facts the health rules need over time: restarts in the window, last reboot and its cause …
  health_memory jsonb not null default '{}',
  tags jsonb not null default '{}',
  -- Tags under the device's own reserved names (hostos.*, update.*, service.* …).
  device_facts jsonb not null default '{}',
  revision bigint not null default 1
);
create index device_by_fleet_trouble on device (fleet_id, health_rank, name, id) where deleted_at is null;
create index device_by_trouble on device (health_rank, name, id) where deleted_at is null;
create index device_by_fleet_name on device (fleet_id, name, id) where deleted_at is null;
create index device_by_name on device (name, id) where deleted_at is null;
create index device_due on device (next_check_at) where deleted_at is null and next_check_at is not null;
create index device_by_current on device (current_release_id) where deleted_at is null;
create index device_by_target on device (target_release_id) where deleted_at is null;

-- The services (image installs) of the last whole `apps` report.
create table device_service (
  device_id bigint not null references device (id) on delete cascade,
  release_commit text not null,
  service_name text not null,
  image text not null,
  status text not null,
  download_percent smallint,
  restarts integer,
  last_exit_code integer,
  updated_at timestamptz not null default now(),
  primary key (device_id, release_commit, service_name)
);

create table variable (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('environment', 'configuration')),
  fleet_id bigint not null references fleet (id) on delete cascade,
  device_id bigint references device (id) on delete cascade,
  service_name text,
  name text not null,
  value text not null,
  updated_at timestamptz not null default now()
);
create unique index variable_once on variable (kind, fleet_id, coalesce(device_id, 0), coalesce(service_name, ''), name);
create index variable_by_device on variable (device_id) where device_id is not null;

create table device_event (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  device_id bigint not null references device (id) on delete cascade,
  fleet_id bigint not null,
  kind text not null,
  layer text,
  severity text not null default 'info',
  summary text not null,
  actor text,
  data jsonb not null default '{}'
);
create index device_event_by_device on device_event (device_id, id desc);
create index device_event_by_fleet_time on device_event (fleet_id, at);
create index device_event_by_time on device_event (at);

create table metric (
  device_id bigint not null references device (id) on delete cascade,
  at timestamptz not null,
  cpu_percent integer,
  cpu_temperature_c integer,
  memory_used_mib integer,
  memory_total_mib integer,
  storage_used_mib integer,
  storage_total_mib integer
);
create index metric_by_device on metric (device_id, at);
create index metric_by_time on metric (at);

create table log_line (
  id bigint generated always as identity primary key,
  device_id bigint not null,
  fleet_id bigint not null,
  service_name text,
  is_system boolean not null,
  is_stderr boolean not null,
  level text not null,
  at timestamptz not null,
  received_at timestamptz not null,
  message text not null
);
create index log_line_by_device on log_line (device_id, id);
create index log_line_by_fleet on log_line (fleet_id, id);
create index log_line_by_time on log_line (received_at);

create table rollout (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id),
  release_id bigint not null references release (id),
  state text not null check (state in ('running', 'paused', 'completed', 'aborted', 'rolling-back', 'rolled-back')),
  plan jsonb not null,
  filter jsonb,
  note text not null default '',
  -- The fleet's policy and target before the rollout: roll back restores them.
  previous_policy text not null,
  previous_target_release_id bigint,
  created_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index rollout_by_fleet on rollout (fleet_id, id desc);

create table rollout_device (
  rollout_id bigint not null references rollout (id) on delete cascade,
  device_id bigint not null references device (id) on delete cascade,
  phase_index smallint not null default 0,
  -- Deterministic place in the order of the rollout: a hash of rollout id and device uuid.
  position integer not null default 0,
  state text not null,
  percent smallint,
  reason text,
  -- What it ran and was told before; roll back restores both.
  previous_release_id bigint,
  previous_pinned_release_id bigint,
  previous_assigned_release_id bigint,
  sent_bytes bigint,
  full_bytes bigint,
  is_estimate boolean not null default true,
  offered_at timestamptz,
  verifying_since timestamptz,
  updated_at timestamptz not null default now(),
  primary key (rollout_id, device_id)
);
create index rollout_device_by_device on rollout_device (device_id);
create index rollout_device_by_state on rollout_device (rollout_id, state, position);

create table rollout_sample (
  rollout_id bigint not null references rollout (id) on delete cascade,
  at timestamptz not null,
  counts jsonb not null,
  primary key (rollout_id, at)
);

create table device_action (
  id bigint generated always as identity primary key,
  device_id bigint not null references device (id) on delete cascade,
  kind text not null,
  service_name text,
  is_forced boolean not null default false,
  state text not null default 'queued',
  message text,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  delivered_at timestamptz,
  finished_at timestamptz
);
create index device_action_by_device on device_action (device_id, id desc);
create index device_action_open on device_action (expires_at) where state in ('queued', 'delivered');

-- Types and architectures as in the public balena device type contracts.
insert into device_type (slug, name, architecture, os_versions) values
  ('raspberrypi3', 'Raspberry Pi 3', 'armv7hf', '["6.5.3","6.4.0","6.0.24","5.3.21"]'),
  ('raspberrypi4-64', 'Raspberry Pi 4 (64-bit)', 'aarch64', '["6.5.3","6.4.0","6.0.24","5.3.21"]'),
  ('raspberrypi5', 'Raspberry Pi 5', 'aarch64', '["6.5.3","6.4.0","6.0.24"]'),
  ('raspberry-pi', 'Raspberry Pi 1 / Zero', 'rpi', '["6.0.24","5.3.21"]'),
  ('jetson-orin-nano-devkit-nvme', 'Nvidia Jetson Orin Nano', 'aarch64', '["6.5.3","6.4.0","6.1.24"]'),
  ('jetson-xavier', 'Nvidia Jetson Xavier', 'aarch64', '["6.0.24","5.3.21"]'),
  ('beaglebone-black', 'BeagleBone Black', 'armv7hf', '["6.0.24","5.3.21"]'),
  ('intel-nuc', 'Intel NUC', 'amd64', '["6.5.3","6.4.0","6.0.24"]'),
  ('generic-amd64', 'Generic x86_64', 'amd64', '["6.5.3","6.4.0","6.0.24"]'),
  ('generic-aarch64', 'Generic AArch64', 'aarch64', '["6.5.3","6.4.0","6.0.24"]'),
  ('qemux86', 'QEMU x86', 'i386', '["5.3.21"]');
