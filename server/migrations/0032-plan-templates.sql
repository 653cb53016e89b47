-- Rollout plans that a fleet keeps under a name.
create table plan_template (
  id bigint generated always as identity primary key,
  fleet_id bigint not null references fleet (id) on delete cascade,
  name text not null,
  description text not null default '',
  plan jsonb not null,
  updated_by text not null,
  updated_at timestamptz not null default now()
);
create unique index plan_template_name on plan_template (fleet_id, lower(name));
