-- Services that are not to run, whatever release: the target state says so.
create table device_stopped_service (
  device_id bigint not null references device (id) on delete cascade,
  service_name text not null,
  stopped_at timestamptz not null,
  primary key (device_id, service_name)
);

-- Until then the target state tells the device to override update locks.
alter table device add column lock_overridden_until timestamptz;
create index device_by_lock_override on device (lock_overridden_until) where lock_overridden_until is not null;
