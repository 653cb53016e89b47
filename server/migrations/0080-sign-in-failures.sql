-- Failed sign-ins, of the store and not of a gateway: those that share it count together, and a new start forgives nobody.
-- A key is the hash of an account or an address: what is typed as an e-mail may be a password.
create table sign_in_failure (
  key text primary key,
  count integer not null,
  -- The count begins anew then.
  until timestamptz not null
);
create index sign_in_failure_until on sign_in_failure (until);
