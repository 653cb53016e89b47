-- Which devices changed, by the transaction that changed them: a gateway keeps what lists filter, order and count by in
-- memory and reads from here what it has not seen yet. One row a statement, however many devices it wrote, so that a group
-- of reports costs one row more; triggers write it, so that it is right whoever writes a device.
create table device_change (
  tx xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now(),
  -- Null: any of them, or all.
  device_ids bigint[],
  -- Events that a fleet's last hour is told by.
  event_ids bigint[]
);
create index device_change_by_tx on device_change (tx);

-- The newest transaction whose changes are forgotten: a gateway that has not seen all up to there reads everything anew.
create table device_change_floor (
  is_only boolean primary key default true check (is_only),
  tx xid8 not null
);

create function device_change_noted() returns trigger language plpgsql as $$
begin
  insert into device_change (device_ids) select array_agg(id) from touched having count(*) > 0;
  return null;
end $$;
create trigger device_change_added after insert on device
  referencing new table as touched for each statement execute function device_change_noted();
create trigger device_change_updated after update on device
  referencing new table as touched for each statement execute function device_change_noted();
create trigger device_change_deleted after delete on device
  referencing old table as touched for each statement execute function device_change_noted();

create function device_change_of_all() returns trigger language plpgsql as $$
begin
  insert into device_change (device_ids) values (null);
  return null;
end $$;
create trigger device_change_emptied after truncate on device for each statement execute function device_change_of_all();

create function device_event_noted() returns trigger language plpgsql as $$
begin
  insert into device_change (device_ids, event_ids)
  select '{}', array_agg(id) from touched where kind in ('connectivity', 'update', 'health') having count(*) > 0;
  return null;
end $$;
create trigger device_event_added after insert on device_event
  referencing new table as touched for each statement execute function device_event_noted();

-- Lists are ordered in memory by now. What only they used is written no more.
drop index device_by_fleet_trouble;
drop index device_by_trouble;
drop index device_by_name;
drop index device_by_type;
drop index device_by_os;
drop index device_by_release;
