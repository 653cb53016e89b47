-- The second step of a sign-in (RFC 6238). The secret is kept as it is: each code is worked out from it anew.
create table user_totp (
  user_id bigint primary key references app_user (id) on delete cascade,
  secret text not null,
  created_at timestamptz not null,
  -- Null: shown, but no code of it has come back yet.
  confirmed_at timestamptz,
  -- The newest step of which a code was used: each counts once.
  last_step bigint not null default 0
);

create table recovery_code (
  user_id bigint not null references user_totp (user_id) on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);
