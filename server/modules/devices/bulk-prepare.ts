import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { z } from 'zod'
import type { bulkOperation } from '#contract/device'
import { actionWayOf, type ActionKind } from '#contract/device-action'
import { isReservedTag } from '#contract/device-protocol'
import { architectures, architectureRuns } from '#contract/fleet'
import { roleAllows, roleIn, type Access } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'

export type Operation = z.output<typeof bulkOperation>
/** An operation that has been looked up: what it says in words, and the condition under which a device refuses it. */
export type Prepared = { refusal: RawBuilder<string | null>; words: string }
type Trx = Transaction<Schema>

const MAX_TAGS = 100

async function preparePin(db: Kysely<Schema> | Trx, releaseId: number, access: Access): Promise<Prepared> {
  const release = await db
    .selectFrom('release')
    .select(['id', 'fleet_id', 'status', 'semver'])
    .where('id', '=', releaseId)
    .executeTakeFirst()
  if (!release || roleIn(access, release.fleet_id) === null)
    throw Problem.invalid('body.operation.releaseId', 'is not a release')
  if (release.status === 'failed')
    throw Problem.invalid('body.operation.releaseId', 'is a failed release; it is never offered')
  return {
    words: `Pinned to ${release.semver}`,
    refusal: sql`case when d.fleet_id <> ${release.fleet_id} then 'Belongs to another fleet than the release'
      when not ${releaseFits(sql`${release.id}::bigint`, sql`d.device_type`)} then 'The release has no images for its device type' end`,
  }
}

async function prepareMove(db: Kysely<Schema> | Trx, fleetId: number, access: Access): Promise<Prepared> {
  const fleet = await db
    .selectFrom('fleet as f')
    .innerJoin('device_type as t', 't.slug', 'f.device_type')
    .select(['f.id', 'f.name', 't.architecture'])
    .where('f.id', '=', fleetId)
    .executeTakeFirst()
  const role = roleIn(access, fleetId)
  if (!fleet || role === null) throw Problem.invalid('body.operation.fleetId', 'is not a fleet')
  if (!roleAllows(role, 'release-manager'))
    throw Problem.forbidden(`Moving to ${fleet.name} needs the role release-manager there; yours is ${role}`)
  const fitting = architectures.filter(
    (own) => architectureRuns(own, fleet.architecture) || architectureRuns(fleet.architecture, own),
  )
  return {
    words: `Moved to the fleet ${fleet.name}`,
    refusal: sql`case when d.fleet_id = ${fleet.id} then 'Is in this fleet already'
      when not exists (select 1 from device_type own where own.slug = d.device_type and own.architecture = any(${fitting}::text[]))
        then 'Its device type cannot run images of this fleet'
      when exists (select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id where rd.device_id = d.id
        and ro.state in ('running', 'paused', 'rolling-back') and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))
        then 'A running rollout owns it' end`,
  }
}

/** Why a device cannot be asked for an action. */
function actionRefusal(kind: ActionKind, serviceName: string | null): RawBuilder<string | null> {
  if (actionWayOf[kind] === 'socket')
    return sql`case when d.key_revoked_at is not null then 'Its key is revoked'
      when d.action_channel_at is null and not d.is_asked_by_source and d.connectivity in ('online', 'late')
      then 'Keeps no socket for actions, as a supervisor of balenaOS does not' end`
  if (serviceName === null) return sql`null::text`
  return sql`case when not exists (select 1 from release_image i join service s on s.id = i.service_id
    where i.release_id = d.target_release_id and s.name = ${serviceName}::text)
    then 'Its release has no such service' end`
}

/** Looks up what the operation names; throws a 400 problem where it cannot be meant for any device. */
export async function prepare(
  db: Kysely<Schema> | Trx,
  operation: Operation,
  access: Access,
): Promise<Prepared> {
  switch (operation.kind) {
    case 'pin':
      return preparePin(db, operation.releaseId, access)
    case 'move':
      return prepareMove(db, operation.fleetId, access)
    case 'unpin':
      return {
        words: 'Unpinned: follows its fleet',
        refusal: sql`case when d.pinned_release_id is null then 'Is not pinned' end`,
      }
    case 'tag':
      if (isReservedTag(operation.key))
        throw Problem.invalid(
          'body.operation.key',
          'begins with a word reserved for what devices tell of themselves',
        )
      return {
        words: `Set the tag ${operation.key} to ${operation.value}`,
        refusal: sql`case when not d.tags ? ${operation.key}::text
          and (select count(*) from jsonb_object_keys(d.tags)) >= ${MAX_TAGS} then 'Has as many tags as possible' end`,
      }
    case 'untag':
      return {
        words: `Removed the tag ${operation.key}`,
        refusal: sql`case when not d.tags ? ${operation.key}::text then 'Does not have this tag' end`,
      }
    case 'action': {
      const { action, serviceName, reason } = operation
      return {
        words: `Asked for ${action.replaceAll('-', ' ')}${serviceName === undefined ? '' : ` of ${serviceName}`}${reason === '' ? '' : `: ${reason}`}`,
        refusal: actionRefusal(action, serviceName ?? null),
      }
    }
  }
}
