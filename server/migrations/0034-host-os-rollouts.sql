-- A rollout sends a release or a host OS version.
alter table rollout
  alter column release_id drop not null,
  add column os_version text,
  add constraint rollout_sends_one check ((release_id is null) <> (os_version is null));

-- The host OS a device reported, and was told to run, when the rollout first touched it: roll back restores it.
alter table rollout_device
  add column previous_os_version text,
  add column previous_target_os_version text;
