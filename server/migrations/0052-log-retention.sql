-- What is stored of each fleet's log, by the hour in which lines were received: usage, pruning by size and previews read
-- this instead of counting lines. Triggers keep it, so that it is right whoever adds or deletes lines.
create table log_usage (
  fleet_id bigint not null,
  hour timestamptz not null,
  lines bigint not null,
  bytes bigint not null,
  primary key (fleet_id, hour)
);

-- 160 bytes beside the text: the other columns and the line's entries in the indexes.
create function log_usage_added() returns trigger language plpgsql as $$
begin
  insert into log_usage as u (fleet_id, hour, lines, bytes)
  select fleet_id, date_trunc('hour', received_at, 'UTC'), count(*), sum(octet_length(message) + 160)
  from added group by 1, 2 order by 1, 2
  on conflict (fleet_id, hour) do update set lines = u.lines + excluded.lines, bytes = u.bytes + excluded.bytes;
  return null;
end $$;

create function log_usage_removed() returns trigger language plpgsql as $$
begin
  insert into log_usage as u (fleet_id, hour, lines, bytes)
  select fleet_id, date_trunc('hour', received_at, 'UTC'), -count(*), -sum(octet_length(message) + 160)
  from removed group by 1, 2 order by 1, 2
  on conflict (fleet_id, hour) do update set lines = u.lines + excluded.lines, bytes = u.bytes + excluded.bytes;
  return null;
end $$;

insert into log_usage (fleet_id, hour, lines, bytes)
select fleet_id, date_trunc('hour', received_at, 'UTC'), count(*), sum(octet_length(message) + 160)
from log_line group by 1, 2;

create trigger log_line_added after insert on log_line
  referencing new table as added for each statement execute function log_usage_added();
create trigger log_line_removed after delete on log_line
  referencing old table as removed for each statement execute function log_usage_removed();

-- Null: the gateway's own setting.
alter table fleet add column log_retention_days double precision;
alter table fleet add column log_retention_bytes bigint;
