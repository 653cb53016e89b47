-- What a device can be found by, one row a value or word. Compared by code point (collation C), so that one index serves
-- equality, starts and order in every database. Rows follow a device within seconds: a find is judged by the device itself.
create table device_term (
  device_id bigint not null references device (id) on delete cascade,
  -- name: without spaces and punctuation. word: of the name. tag: a value or a word of it. address, mac, serial.
  kind text not null,
  -- The key of a tag, lower case.
  label text collate "C" not null default '',
  term text collate "C" not null
);
create index device_term_by_term on device_term (term, kind, device_id);
create index device_term_by_device on device_term (device_id);
create index device_term_by_end on device_term (reverse(term) collate "C") where kind in ('mac', 'serial');
create index device_term_by_label on device_term (label, term) where kind = 'tag';
create index device_by_uuid_start on device (uuid collate "C") where deleted_at is null;

-- The vocabulary of names and tags by its three-letter parts: where to look for a word that was typed wrongly.
create table word_trigram (trigram text collate "C" not null, word text collate "C" not null, primary key (trigram, word));
create index word_trigram_by_word on word_trigram (word);

-- Devices whose terms are to be made anew. Writing a device costs one row more, whoever writes it.
create table device_term_due (device_id bigint primary key references device (id) on delete cascade);
insert into device_term_due (device_id) select id from device where deleted_at is null;

create function device_term_due_noted() returns trigger language plpgsql as $$
begin
  insert into device_term_due (device_id) values (new.id) on conflict do nothing;
  return null;
end $$;

create trigger device_term_due_added after insert on device for each row execute function device_term_due_noted();
create trigger device_term_due_changed after update on device for each row
  when (old.name is distinct from new.name or old.tags is distinct from new.tags
    or old.ip_address is distinct from new.ip_address or old.public_address is distinct from new.public_address
    or old.mac_address is distinct from new.mac_address or old.cpu_id is distinct from new.cpu_id
    or old.deleted_at is distinct from new.deleted_at)
  execute function device_term_due_noted();
