-- The device talks to another backend, which hands actions on to it.
alter table device add column is_asked_by_source boolean not null default false;
