-- A retried device is offered again, but what it ran before the rollout is what it ran at its first offer.
alter table rollout_device add column touched_at timestamptz;
update rollout_device set touched_at = offered_at;

-- The timeline of a rollout reads the audit log by subject.
create index audit_entry_by_subject on audit_entry (subject_kind, subject_id, id desc);
