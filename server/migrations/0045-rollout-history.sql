-- When a rollout stood still, by whom and why: what the chart over time marks.
create table rollout_pause (
  rollout_id bigint not null references rollout (id) on delete cascade,
  began_at timestamptz not null,
  ended_at timestamptz,
  actor text not null,
  reason text not null default '',
  primary key (rollout_id, began_at)
);
create unique index rollout_pause_open on rollout_pause (rollout_id) where ended_at is null;

-- Rollouts that stand still now did so since their last entry that says it.
insert into rollout_pause (rollout_id, began_at, actor, reason)
select ro.id, coalesce(last.at, ro.created_at), coalesce(last.actor, 'Wheelhouse'), coalesce(ro.halt_reason, '')
from rollout ro left join lateral (
  select a.at, a.actor from audit_entry a where a.subject_kind = 'rollout' and a.subject_id = ro.id::text
    and a.action in ('rollout.pause', 'rollout.tripped', 'rollout.phase-late') order by a.id desc limit 1) last on true
where ro.state = 'paused';

-- The figures of a phase's gate as they were when it passed, or when the rollout stopped or ended in it.
alter table rollout_phase add column verdict jsonb;

-- When a device failed; kept while it goes back, so that its log lines of that time are found.
alter table rollout_device add column failed_at timestamptz;
update rollout_device set failed_at = updated_at where state = 'failed';
