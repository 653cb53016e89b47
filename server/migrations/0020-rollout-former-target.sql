-- What a device was told to run before a rollout touched it, for devices that owe it neither to a pin nor to their fleet.
alter table rollout_device add column previous_target_release_id bigint;

-- Sorts of the device list by what seldom changes; sorts by metrics order the filtered rows instead, because an index on
-- them would have to be written with every report.
create index device_by_type on device (device_type, name, id) where deleted_at is null;
create index device_by_os on device (coalesce(os_version, ''), name, id) where deleted_at is null;
create index device_by_release on device (coalesce(current_release_id, 0), name, id) where deleted_at is null;
