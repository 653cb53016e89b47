import { sql } from 'kysely'
import type { RolloutTarget } from '#contract/fleet'

/** SQL: what a rollout `ro`, left-joined with its release `r`, sends; as the contract says it. */
export const rolloutTargetJson = sql<RolloutTarget>`(case
  when ro.release_id is null then jsonb_build_object('kind', 'host-os', 'osVersion', ro.os_version)
  else jsonb_build_object('kind', 'release',
    'release', jsonb_build_object('id', r.id, 'semver', r.semver, 'commit', r.commit)) end)`
