-- What a person recognises a session by; `id` names it without its secret.
alter table user_session
  add column id bigint generated always as identity,
  add column user_agent text not null default '',
  add column address text not null default '';
create unique index user_session_id on user_session (id);
