-- A key names one device: it is looked up by calls that bring no uuid, and no two devices may share one.
create unique index device_by_key on device (key_hash);
-- When the device last opened its action channel; null: never, as a stock supervisor. Tells "away" from "has none".
alter table device add column action_channel_at timestamptz;
