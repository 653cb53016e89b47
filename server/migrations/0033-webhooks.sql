-- Addresses that are called about rollouts, and what was sent to them.
create table webhook (
  id bigint generated always as identity primary key,
  name text not null,
  url text not null,
  -- The key of the signature: needed to sign, so it cannot be kept as a hash. Never sent to a browser again.
  secret text not null,
  events jsonb not null,
  fleet_id bigint references fleet (id) on delete cascade,
  is_enabled boolean not null default true,
  created_by text not null,
  created_at timestamptz not null default now()
);

create table webhook_delivery (
  id bigint generated always as identity primary key,
  webhook_id bigint not null references webhook (id) on delete cascade,
  event text not null,
  payload jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  status_code integer,
  error text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index webhook_delivery_by_webhook on webhook_delivery (webhook_id, id desc);
create index webhook_delivery_due on webhook_delivery (next_attempt_at) where state = 'waiting';
create index webhook_delivery_by_time on webhook_delivery (created_at);
