-- Writes that came with an Idempotency-Key, kept for a day. A row is put in by the transaction of the effect itself, so that
-- neither is there without the other; what was answered follows.
create table idempotency_key (
  -- `user:7` or `token:3`: a key says nothing to anybody else.
  owner text not null,
  -- SHA-256 of the key.
  key_hash text not null,
  -- HMAC of method, address and body under the key itself: a body that holds a password cannot be guessed from it.
  request_mac text not null,
  -- The one try of the request that owns the row; others with the same key change nothing.
  attempt text not null,
  -- claimed: carried out, not answered yet; kept: with its answer; withheld: the answer holds a secret; lost: no answer is kept.
  state text not null check (state in ('claimed', 'kept', 'withheld', 'lost')),
  status smallint,
  answer text,
  at timestamptz not null,
  primary key (owner, key_hash)
);
create index idempotency_key_at on idempotency_key (at);
