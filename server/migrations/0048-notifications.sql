-- What the app tells everybody about rollouts, and who has seen it.
create table notification (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  event text not null,
  rollout_id bigint not null references rollout (id) on delete cascade,
  summary text not null,
  actor text not null
);
create index notification_by_time on notification (at);
create index notification_by_rollout on notification (rollout_id);

create table notification_seen (
  user_id bigint not null references app_user (id) on delete cascade,
  notification_id bigint not null references notification (id) on delete cascade,
  primary key (user_id, notification_id)
);
create index notification_seen_by_notification on notification_seen (notification_id);
