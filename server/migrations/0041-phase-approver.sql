-- Plans that were made before a phase could name who approves it.
update rollout set plan = jsonb_set(plan, '{phases}', (
  select jsonb_agg('{"approver": "release-manager"}'::jsonb || phase order by place)
  from jsonb_array_elements(plan -> 'phases') with ordinality as listed(phase, place)));
update plan_template set plan = jsonb_set(plan, '{phases}', (
  select jsonb_agg('{"approver": "release-manager"}'::jsonb || phase order by place)
  from jsonb_array_elements(plan -> 'phases') with ordinality as listed(phase, place)));
