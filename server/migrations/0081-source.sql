-- What was last seen at the source that fleets are mirrored from; empty where this gateway is the source itself.
create table source_fleet (
  fleet_id bigint primary key references fleet (id) on delete cascade,
  policy text not null check (policy in ('track-latest', 'pinned')),
  target_release_id bigint references release (id)
);

create table source_device (
  device_id bigint primary key references device (id) on delete cascade,
  -- What the device is pinned to there.
  pin_release_id bigint references release (id),
  -- Of all that was read of it: what is read again and is the same is not stored again.
  fingerprint text not null,
  -- Lines were taken over up to this instant of the source, and so many that came in that very millisecond.
  lines_until timestamptz,
  lines_at_until integer not null default 0
);
-- A release that goes away is looked for among pins.
create index source_device_pin on source_device (pin_release_id) where pin_release_id is not null;
