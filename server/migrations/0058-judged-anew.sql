-- After its limits changed the devices of a fleet are judged anew in batches: those up to this id are done; null: all are.
-- Below zero: a change not yet begun, by its time.
alter table fleet add column judged_up_to bigint;
create index fleet_to_judge on fleet (id) where judged_up_to is not null;
