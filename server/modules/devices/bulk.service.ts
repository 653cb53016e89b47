import { sql, type Kysely, type Transaction } from 'kysely'
import type { z } from 'zod'
import type { BulkOperation, BulkResult, bulkBody, DeviceSelection } from '#contract/device'
import { actionRoles, type ActionKind, type actionRequest } from '#contract/device-action'
import { fleetsWith, roleAllows, type Access, type Role } from '#contract/role'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { lockDevices, recomputeTargets, releaseAssignments } from '../../platform/device-target.ts'
import { Problem } from '../../platform/problem.ts'
import { isFleetWithin } from '../../platform/within.ts'
import { prepare, type Operation, type Prepared } from './bulk-prepare.ts'
import { deviceCondition } from './device-filter.ts'

export type BulkDeps = {
  db: Kysely<Schema>
  now: () => Date
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  actions: {
    /** Throws a problem when the role may not ask for it, or something is missing. */
    check: (request: ActionRequest, actor: Actor) => void
    /** Stores it for these devices; `send` follows after the commit. */
    askMany: (
      trx: Transaction<Schema>,
      deviceIds: readonly number[],
      request: ActionRequest,
      actor: string,
    ) => Promise<number | null>
    send: (batchId: number) => Promise<void>
  }
}
type ActionRequest = z.output<typeof actionRequest> & { kind: ActionKind }
type Actor = { name: string; kind: 'user' | 'api-token'; role: Role; access: Access }
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

async function readTargets(
  db: Kysely<Schema> | Trx,
  selection: DeviceSelection,
  { refusal }: Prepared,
  { access, needed }: { access: Access; needed: Role },
): Promise<Target[]> {
  // Devices of fleets that the caller may not see are not there; those of fleets where the role is too low refuse.
  const visible = fleetsWith(access, 'viewer')
  const isEnough = isFleetWithin(fleetsWith(access, needed), sql`d.fleet_id`)
  const chosen =
    selection.kind === 'uuids'
      ? sql<boolean>`d.deleted_at is null and d.uuid = any(${selection.uuids}::text[])
          and ${isFleetWithin(visible, sql`d.fleet_id`)}`
      : deviceCondition({ ...selection.filter, within: visible })
  const result = await sql<Target>`
    select d.id, d.uuid, d.name, d.fleet_id, d.connectivity in ('offline', 'never') as is_offline,
      case when not (${isEnough}) then ${`You need the role ${needed} in its fleet`}::text else (${refusal}) end as refusal
    from device d where ${chosen} order by d.id limit ${MAX_DEVICES + 1}`.execute(db)
  if (result.rows.length > MAX_DEVICES)
    throw Problem.invalid('body.selection', `means more than ${MAX_DEVICES} devices; narrow it`)
  return result.rows
}

/** Chosen one by one, but deleted meanwhile (or never there). */
function missingOf(selection: DeviceSelection, targets: readonly Target[]): BulkResult['refused'] {
  if (selection.kind !== 'uuids') return []
  const found = new Set(targets.map((target) => target.uuid))
  const missing = [...new Set(selection.uuids)].filter((uuid) => !found.has(uuid))
  if (missing.length === 0) return []
  return [{ reason: 'Is no longer there', count: missing.length, examples: missing.slice(0, MAX_EXAMPLES) }]
}

function resultOf(
  selection: DeviceSelection,
  targets: readonly Target[],
  batchId: number | null = null,
): BulkResult {
  const refused = new Map<string, Target[]>()
  for (const target of targets)
    if (target.refusal !== null) refused.set(target.refusal, [...(refused.get(target.refusal) ?? []), target])
  const willing = targets.filter((target) => target.refusal === null)
  return {
    batchId,
    matched: targets.length,
    applied: willing.length,
    offline: willing.filter((target) => target.is_offline).length,
    refused: [
      ...[...refused].map(([reason, devices]) => ({
        reason,
        count: devices.length,
        examples: devices.slice(0, MAX_EXAMPLES).map((device) => device.name),
      })),
      ...missingOf(selection, targets),
    ],
  }
}

async function apply(trx: Trx, operation: Operation, ids: readonly number[], now: Date): Promise<Change[]> {
  const these = sql`d.id = any(${[...ids]}::bigint[])`
  switch (operation.kind) {
    case 'pin':
    case 'unpin':
      await sql`update device d set pinned_release_id = ${operation.kind === 'pin' ? operation.releaseId : null}::bigint, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      if (operation.kind === 'unpin') await releaseAssignments(trx, { deviceIds: ids })
      return recomputeTargets(trx, { deviceIds: ids }, now)
    case 'tag':
      await sql`update device d set tags = tags || ${JSON.stringify({ [operation.key]: operation.value })}::jsonb, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      return []
    case 'untag':
      await sql`update device d set tags = tags - ${operation.key}::text, revision = revision + 1 where ${these}`.execute(
        trx,
      )
      return []
    case 'move':
      // Pins and assignments name releases of the old fleet.
      await sql`update device d set fleet_id = ${operation.fleetId}, pinned_release_id = null, assigned_release_id = null,
        joined_at = ${now}, next_check_at = ${now}, revision = revision + 1 where ${these}`.execute(trx)
      await sql`update variable set fleet_id = ${operation.fleetId} where device_id = any(${[...ids]}::bigint[])`.execute(
        trx,
      )
      return recomputeTargets(trx, { deviceIds: ids }, now)
    case 'action':
      return []
  }
}

/** The fleet that all of them stand in; null: there are several. */
function onlyFleetOf(targets: readonly Target[]): number | null {
  const [first] = targets
  return first && targets.every((target) => target.fleet_id === first.fleet_id) ? first.fleet_id : null
}

/** Previews or applies one operation on many devices, in one transaction; the role depends on the operation. */
export async function runBulk(
  deps: BulkDeps,
  body: z.output<typeof bulkBody>,
  actor: Actor,
): Promise<BulkResult> {
  const { selection, operation } = body
  const role = operation.kind === 'action' ? actionRoles[operation.action] : needed[operation.kind]
  if (!roleAllows(actor.role, role))
    throw Problem.forbidden(`This needs the role ${role}; yours is ${actor.role}`)
  const rights = { access: actor.access, needed: role }
  if (operation.kind === 'action') deps.actions.check({ ...operation, kind: operation.action }, actor)
  if (body.isPreview) {
    const prepared = await prepare(deps.db, operation, actor.access)
    return resultOf(selection, await readTargets(deps.db, selection, prepared, rights))
  }
  const now = deps.now()
  const { targets, changes, batchId } = await deps.db.transaction().execute(async (trx) => {
    const prepared = await prepare(trx, operation, actor.access)
    const { words } = prepared
    const all = await readTargets(trx, selection, prepared, rights)
    if (selection.kind === 'filter' && selection.expectedCount !== all.length) {
      throw Problem.conflict(
        'selection-changed',
        `The filter now matches ${all.length} devices, not ${selection.expectedCount}; look again before you go on`,
      )
    }
    const willing = all.filter((target) => target.refusal === null)
    const ids = willing.map((target) => target.id)
    await lockDevices(trx, ids)
    if (ids.length === 0) return { targets: all, changes: [], batchId: null }
    const moved = await apply(trx, operation, ids, now)
    const asked =
      operation.kind === 'action'
        ? await deps.actions.askMany(trx, ids, { ...operation, kind: operation.action }, actor.name)
        : null
    const kind = { pin: 'target', unpin: 'target', tag: 'tag', untag: 'tag', move: 'move', action: 'action' }[
      operation.kind
    ]
    await sql`
      insert into device_event (at, device_id, fleet_id, kind, summary, actor)
      select ${now}, d.id, d.fleet_id, ${kind}, ${words}, ${actor.name} from device d where d.id = any(${ids}::bigint[])`.execute(
      trx,
    )
    await deps.audit(trx, {
      actor,
      action: `devices.${operation.kind}`,
      subjectKind: 'devices',
      // Of one fleet, whoever may read of that one alone reads it too.
      fleetId: onlyFleetOf(willing),
      subjectId: ids.length === 1 ? (willing[0]?.uuid ?? '') : `${ids.length} devices`,
      summary: `${words}: ${ids.length === 1 ? (willing[0]?.name ?? '') : `${ids.length} devices`}`,
      data: { uuids: willing.slice(0, 1000).map((target) => target.uuid), batchId: asked },
    })
    const aspects = new Set(['identity', 'event'] as const)
    return {
      targets: all,
      batchId: asked,
      changes: [
        ...moved,
        ...willing.flatMap(({ id, uuid, fleet_id }) =>
          // Both fleets look anew: the one it left and the one it came to.
          (operation.kind === 'move' ? [fleet_id, operation.fleetId] : [fleet_id]).map((fleetId): Change => ({
            kind: 'device',
            deviceId: id,
            uuid,
            fleetId,
            aspects,
          })),
        ),
      ],
    }
  })
  deps.publish(changes)
  if (batchId !== null) await deps.actions.send(batchId)
  return resultOf(selection, targets, batchId)
}
