-- All that the source told of the fleet's devices before it is stored; kept while a rollout waits for what devices say.
alter table source_fleet add column read_at timestamptz;
