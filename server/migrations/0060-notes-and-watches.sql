-- Notes on a device, each with its author; the one text a device had becomes its first.
create table device_note (
  id bigint generated always as identity primary key,
  device_id bigint not null references device (id) on delete cascade,
  author_id bigint references app_user (id) on delete set null,
  author text not null,
  body text not null,
  created_at timestamptz not null,
  edited_at timestamptz,
  edited_by text,
  -- Grows with every edit: who edits an older one than is stored is told.
  revision integer not null default 1
);
create index device_note_by_device on device_note (device_id, id desc);
insert into device_note (device_id, author, body, created_at)
select id, 'unknown', note, now() from device where trim(note) <> '';
alter table device drop column note;
-- When a note of it was last written, edited or deleted: the page fetches them anew.
alter table device add column notes_changed_at timestamptz;

-- Who wants to be told what a device does next.
create table device_watch (
  user_id bigint not null references app_user (id) on delete cascade,
  device_id bigint not null references device (id) on delete cascade,
  kind text not null check (kind in ('returns', 'fails', 'changes')),
  -- Stays after it has told something.
  is_lasting boolean not null,
  created_at timestamptz not null,
  -- The newest event of the device that it has looked at.
  after_event_id bigint not null,
  primary key (user_id, device_id, kind)
);
create index device_watch_by_device on device_watch (device_id);

-- A notification is of a rollout, for everybody, or of a device, for whoever watches it.
alter table notification alter column rollout_id drop not null;
alter table notification add column device_id bigint references device (id) on delete cascade;
alter table notification add column user_id bigint references app_user (id) on delete cascade;
alter table notification add constraint notification_subject check ((rollout_id is null) <> (device_id is null));
create index notification_by_device on notification (device_id) where device_id is not null;
