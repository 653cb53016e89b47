-- From where a change was asked.
alter table audit_entry add column address text not null default '';
create index audit_entry_by_fleet on audit_entry (fleet_id, id desc);

-- Entries and seals are only ever added.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the table % is only ever added to', tg_table_name;
end $$;
create trigger audit_entry_kept before update or delete on audit_entry for each row execute function refuse_change();

-- The seal of an entry is the SHA-256 of the seal before it and of the entry (server/modules/audit/audit-seal.rules.ts).
create table audit_seal (
  position bigint primary key,
  entry_id bigint not null unique,
  hash text not null,
  sealed_at timestamptz not null
);
create trigger audit_seal_kept before update or delete on audit_seal for each row execute function refuse_change();

-- Entries without a seal: nobody has to look for them among all.
create table audit_unsealed (entry_id bigint primary key);
insert into audit_unsealed (entry_id) select id from audit_entry;
create function note_unsealed() returns trigger language plpgsql as $$
begin
  insert into audit_unsealed (entry_id) values (new.id);
  return null;
end $$;
create trigger audit_entry_unsealed after insert on audit_entry for each row execute function note_unsealed();
