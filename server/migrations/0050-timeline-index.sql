-- A timeline reads the events of one device by kind in a range of time, and the last of each kind before it.
create index device_event_by_device_time on device_event (device_id, kind, at);
create index device_action_by_time on device_action (device_id, created_at);
