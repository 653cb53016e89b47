-- How long the last attempt took, for the delivery log.
alter table webhook_delivery add column took_ms integer;
