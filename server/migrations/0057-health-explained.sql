-- Who else of the fleet shows a reason: only devices that show any are read.
create index device_with_reasons on device (fleet_id) where deleted_at is null and health_reasons <> '[]';
-- How many there are by release and type, from the index alone; and the devices of a fleet in batches.
create index device_by_fleet on device (fleet_id, id) include (current_release_id, device_type) where deleted_at is null;
