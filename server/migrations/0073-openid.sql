-- Accounts of an OpenID provider: known by its issuer and the subject it names, never by their e-mail.
alter table app_user
  add column openid_issuer text,
  add column openid_subject text,
  add constraint app_user_openid_whole check (num_nonnulls(openid_issuer, openid_subject) <> 1),
  add constraint app_user_one_way check (openid_subject is null or password_hash is null);
create unique index app_user_openid on app_user (openid_issuer, openid_subject);

-- What a provider says of an e-mail is only shown: it neither takes one from those who sign in with theirs, nor needs its own.
drop index app_user_email;
create unique index app_user_email on app_user (lower(email)) where openid_subject is null;

-- Sign-ins that were begun and wait for the provider's answer, each used once. `browser_hash`: of the cookie of the browser
-- that began it.
create table openid_flow (
  state_hash text primary key,
  browser_hash text not null,
  nonce text not null,
  verifier text not null,
  next text not null,
  expires_at timestamptz not null
);
