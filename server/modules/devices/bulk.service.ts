import { sql, type Kysely, type Transaction } from 'kysely'
import type { z } from 'zod'
import type { ActionKind, BulkOperation, BulkResult, bulkBody } from '#contract/device'
import { roleAllows, type Role } from '#contract/session'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { recomputeTargets, releaseFits } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { deviceCondition } from './device-filter.ts'

export type BulkDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  requestActions: (
    deviceIds: readonly number[],
    action: { kind: ActionKind; serviceName: string | null; isForced: boolean },
    actor: string,
  ) => Promise<void>
}
type Actor = { name: string; kind: 'user' | 'api-token'; role: Role }
type Target = {
  id: number
  uuid: string
  name: string
  fleet_id: number
  is_offline: boolean
  refusal: string | null
}
type Trx = Transaction<Schema>

const MAX_DEVICES = 100_000
const MAX_EXAMPLES = 5
const needed: Record<BulkOperation['kind'], Role> = {
  tag: 'support',
  untag: 'support',
  action: 'support',
  pin: 'release-manager',
  unpin: 'release-manager',
  move: 'release-manager',
}

async function refusalOf(db: Kysely<Schema> | Trx, operation: BulkOperation) {
  switch (operation.kind) {
    case 'pin': {
      const release = await db
        .selectFrom('release')
        .select(['id', 'fleet_id', 'status', 'semver'])
        .where('id', '=', operation.releaseId)
        .executeTakeFirst()
      if (!release) throw Problem.invalid('body.operation.releaseId', 'is not a release')
      if (release.status === 'failed')
        throw Problem.invalid('body.operation.releaseId', 'is a failed release; it is never offered')
      return sql<
        string | null
      >`case when d.fleet_id <> ${release.fleet_id} then 'Belongs to another fleet than the release'
        when not ${releaseFits(sql`${release.id}::bigint`, sql`d.device_type`)} then 'The release has no images for its device type' end`
    }
    case 'move': {
      const fleet = await db
        .selectFrom('fleet')
        .select('id')
        .where('id', '=', operation.fleetId)
        .executeTakeFirst()
      if (!fleet) throw Problem.invalid('body.operation.fleetId', 'is not a fleet')
      return sql<string | null>`case when d.fleet_id = ${fleet.id} then 'Is in this fleet already'
        when exists (select 1 from rollout_device rd join rollout ro on ro.id = rd.rollout_id where rd.device_id = d.id
          and ro.state in ('running', 'paused', 'rolling-back') and rd.state not in ('succeeded', 'failed', 'rolled-back', 'skipped'))
          then 'A running rollout owns it' end`
    }
    case 'unpin':
      return sql<string | null>`case when d.pinned_release_id is null then 'Is not pinned' end`
    case 'tag':
    case 'untag':
    case 'action':
      return sql<string | null>`null::text`
  }
}

async function readTargets(db: Kysely<Schema> | Trx, body: z.output<typeof bulkBody>): Promise<Target[]> {
  const { selection } = body
  const chosen =
    selection.kind === 'uuids'
      ? sql<boolean>`d.deleted_at is null and d.uuid = any(${selection.uuids}::text[])`
      : deviceCondition(selection.filter)
  const result = await sql<Target>`
    select d.id, d.uuid, d.name, d.fleet_id, d.connectivity in ('offline', 'never') as is_offline, ${await refusalOf(db, body.operation)} as refusal
    from device d where ${chosen} order by d.id limit ${MAX_DEVICES + 1}`.execute(db)
  if (result.rows.length > MAX_DEVICES)
    throw Problem.invalid('body.selection', `means more than ${MAX_DEVICES} devices; narrow it`)
  return result.rows
}

function resultOf(targets: readonly Target[]): BulkResult {
  const refused = new Map<string, Target[]>()
  for (const target of targets)
    if (target.refusal !== null) refused.set(target.refusal, [...(refused.get(target.refusal) ?? []), target])
  const willing = targets.filter((target) => target.refusal === null)
  return {
    matched: targets.length,
    applied: willing.length,
    offline: willing.filter((target) => target.is_offline).length,
    refused: [...refused].map(([reason, devices]) => ({
      reason,
      count: devices.length,
      examples: devices.slice(0, MAX_EXAMPLES).map((device) => device.name),
    })),
  }
}

function describe(operation: BulkOperation): string {
  switch (operation.kind) {
    case 'pin':
      return `Pinned to release ${operation.releaseId}`
    case 'unpin':
      return 'Unpinned'
    case 'tag':
      return `Set the tag ${operation.key} to ${operation.value}`
    case 'untag':
      return `Removed the tag ${operation.key}`
    case 'move':
      return `Moved to fleet ${operation.fleetId}`
    case 'action':
      return `Asked for ${operation.action}${operation.serviceName === undefined ? '' : ` of ${operation.serviceName}`}`
  }
}

async function apply(
  trx: Trx,
  operation: BulkOperation,
  ids: readonly number[],
  now: Date,
): Promise<Change[]> {
  const these = sql`d.id = any(${[...ids]}::bigint[])`
  switch (operation.kind) {
    case 'pin':
    case 'unpin':
      await sql`update device d set pinned_release_id = ${operation.kind === 'pin' ? operation.releaseId : null}::bigint, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      return recomputeTargets(trx, { deviceIds: ids }, now)
    case 'tag':
      await sql`update device d set tags = tags || ${JSON.stringify({ [operation.key]: operation.value })}::jsonb, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      return []
    case 'untag':
      await sql`update device d set tags = tags - ${operation.key}, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      return []
    case 'move':
      // Pins and assignments name releases of the old fleet.
      await sql`update device d set fleet_id = ${operation.fleetId}, pinned_release_id = null, assigned_release_id = null, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      await trx
        .deleteFrom('variable')
        .where('device_id', 'in', [...ids])
        .execute()
      return recomputeTargets(trx, { deviceIds: ids }, now)
    case 'action':
      return []
  }
}

/** Previews or applies one operation on many devices, in one transaction; the role depends on the operation. */
export async function runBulk(
  deps: BulkDeps,
  body: z.output<typeof bulkBody>,
  actor: Actor,
): Promise<BulkResult> {
  const role = needed[body.operation.kind]
  if (!roleAllows(actor.role, role))
    throw Problem.forbidden(`This needs the role ${role}; yours is ${actor.role}`)
  if (body.isPreview) return resultOf(await readTargets(deps.db, body))
  const now = deps.now()
  const { targets, changes } = await deps.db.transaction().execute(async (trx) => {
    const all = await readTargets(trx, body)
    if (body.selection.kind === 'filter' && body.selection.expectedCount !== all.length) {
      throw Problem.conflict(
        'selection-changed',
        `The filter now matches ${all.length} devices, not ${body.selection.expectedCount}; look again before you go on`,
      )
    }
    const willing = all.filter((target) => target.refusal === null)
    const ids = willing.map((target) => target.id)
    if (ids.length === 0) return { targets: all, changes: [] }
    const moved = await apply(trx, body.operation, ids, now)
    const kind = { pin: 'target', unpin: 'target', tag: 'tag', untag: 'tag', move: 'move', action: 'action' }[
      body.operation.kind
    ]
    await sql`
      insert into device_event (at, device_id, fleet_id, kind, summary, actor)
      select ${now}, d.id, d.fleet_id, ${kind}, ${describe(body.operation)}, ${actor.name} from device d where d.id = any(${ids}::bigint[])`.execute(
      trx,
    )
    await deps.audit(trx, {
      actor,
      action: `devices.${body.operation.kind}`,
      subjectKind: 'devices',
      subjectId: ids.length === 1 ? (willing[0]?.uuid ?? '') : `${ids.length} devices`,
      summary: `${describe(body.operation)}: ${ids.length === 1 ? (willing[0]?.name ?? '') : `${ids.length} devices`}`,
      data: { uuids: willing.slice(0, 1000).map((target) => target.uuid) },
    })
    const aspects = new Set(['identity', 'event'] as const)
    return {
      targets: all,
      changes: [
        ...moved,
        ...willing.map((target): Change => ({
          kind: 'device',
          deviceId: target.id,
          uuid: target.uuid,
          fleetId: target.fleet_id,
          aspects,
        })),
      ],
    }
  })
  deps.publish(changes)
  if (body.operation.kind === 'action') {
    const willing = targets.filter((target) => target.refusal === null).map((target) => target.id)
    await deps.requestActions(
      willing,
      {
        kind: body.operation.action,
        serviceName: body.operation.serviceName ?? null,
        isForced: body.operation.force,
      },
      actor.name,
    )
  }
  return resultOf(targets)
}
