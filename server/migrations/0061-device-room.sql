-- Devices are written all the time. Room left in each page lets a new version of a row stand beside the old one, so that
-- none of the indexes of the table is touched as long as no indexed column moves.
alter table device set (fillfactor = 75);

-- What is stopped is part of how a device is judged: whoever remembers a device must see that it is not as it was.
create function device_of_stopped_service_moved() returns trigger language plpgsql as $$
begin
  update device set revision = revision + 1 where id = coalesce(new.device_id, old.device_id);
  return null;
end $$;
create trigger device_stopped_service_moved after insert or delete on device_stopped_service
  for each row execute function device_of_stopped_service_moved();
