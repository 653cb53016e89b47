-- A key that changes: `next_key_hash` is of the one the device has made and not used yet, the other counts until then.
alter table device
  add column next_key_hash text,
  -- When it last changed: exchanged, rotated or revoked. Null: since the device registered.
  add column key_changed_at timestamptz,
  -- Revoked: `key_hash` is the hash of no key until the device has come back with another one.
  add column key_revoked_at timestamptz,
  add column key_revoked_by text,
  add column key_revoked_reason text,
  -- Until when a provisioning key of its fleet may give it another one.
  add column may_return_until timestamptz;
create unique index device_by_next_key on device (next_key_hash) where next_key_hash is not null;
create index device_by_key_change on device (key_changed_at) where key_changed_at is not null;

-- Keys that were revoked or rotated away: no device may take one again.
create table retired_device_key (
  key_hash text primary key,
  retired_at timestamptz not null
);
