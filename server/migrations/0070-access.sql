-- Roles in single fleets, for accounts, groups and tokens. `role` is from now on the one in every fleet, null: in none.
alter table app_user alter column role drop not null;
alter table api_token alter column role drop not null;

create table user_group (
  id bigint generated always as identity primary key,
  name text not null,
  role text check (role in ('viewer', 'support', 'release-manager', 'admin')),
  created_at timestamptz not null default now()
);
create unique index user_group_name on user_group (lower(name));

create table group_member (
  group_id bigint not null references user_group (id) on delete cascade,
  user_id bigint not null references app_user (id) on delete cascade,
  primary key (group_id, user_id)
);
create index group_member_user on group_member (user_id);

-- Of exactly one account, group or token.
create table fleet_role (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id) on delete cascade,
  role text not null check (role in ('viewer', 'support', 'release-manager', 'admin')),
  user_id bigint references app_user (id) on delete cascade,
  group_id bigint references user_group (id) on delete cascade,
  token_id bigint references api_token (id) on delete cascade,
  check (num_nonnulls(user_id, group_id, token_id) = 1)
);
create unique index fleet_role_user on fleet_role (user_id, fleet_id) where user_id is not null;
create unique index fleet_role_group on fleet_role (group_id, fleet_id) where group_id is not null;
create unique index fleet_role_token on fleet_role (token_id, fleet_id) where token_id is not null;
create index fleet_role_fleet on fleet_role (fleet_id);
