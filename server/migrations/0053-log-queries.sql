-- Searches of logs kept under a name, by a person or (user_id null) under the name of an API token.
create table log_query (
  id bigint generated always as identity primary key,
  name text not null,
  user_id bigint references app_user (id) on delete cascade,
  saved_by text not null,
  is_shared boolean not null default false,
  search jsonb not null,
  updated_at timestamptz not null default now()
);
create unique index log_query_name on log_query
  (coalesce(user_id, 0), (case when user_id is null then saved_by else '' end), lower(name));
