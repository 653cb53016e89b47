alter table provisioning_key
  -- Devices that registered with it, counted from here on.
  add column registered integer not null default 0,
  -- When another key was made in its place; it works until it expires.
  add column replaced_at timestamptz;
