import type { FastifyInstance } from 'fastify'
import type { Kysely, Transaction } from 'kysely'
import type { Server } from 'socket.io'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { ActionChannel, type ChannelDeps } from './action-channel.ts'
import {
  closeAllChannels,
  expireActions,
  insertActions,
  readActions,
  toAction,
  type ActionRequest,
  type Touched,
} from './actions.store.ts'

export type ActionDeps = Omit<ChannelDeps, 'changed'> & {
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
}

/** One-shot actions, over a channel that a willing device keeps open; upstream has none without its VPN. */
export function actionsModule(deps: ActionDeps) {
  const { db, now } = deps
  const changed = (devices: readonly Touched[]) =>
    deps.publish(
      devices.map((device) => ({ kind: 'device', ...device, aspects: new Set(['event'] as const) })),
    )
  const channel = new ActionChannel({ ...deps, changed })

  /** Sends stored actions to the devices that are connected, and tells who watches. */
  async function send(devices: readonly Touched[]): Promise<void> {
    changed(devices)
    await channel.deliver(devices.map((device) => device.deviceId))
  }

  /** Asks many devices for the same; answers how many were asked. */
  async function request(
    deviceIds: readonly number[],
    action: ActionRequest,
    actor: string,
  ): Promise<number> {
    if (deviceIds.length === 0) return 0
    const rows = await insertActions(db, deviceIds, action, actor, now())
    const devices = await db
      .selectFrom('device')
      .select(['id as deviceId', 'uuid', 'fleet_id as fleetId'])
      .where('id', 'in', [...deviceIds])
      .execute()
    await send(devices)
    return rows.length
  }

  function register(app: FastifyInstance): void {
    registerRoute(app, routes.createAction, async ({ params: { uuid }, body, caller }) => {
      const { kind, serviceName, force } = body
      if (kind.endsWith('-service') && serviceName === undefined)
        throw Problem.invalid('body.serviceName', `is needed for ${kind}`)
      const what = `${kind}${serviceName === undefined ? '' : ` of ${serviceName}`}`
      const { device, row } = await db.transaction().execute(async (trx) => {
        const found = await trx
          .selectFrom('device')
          .select(['id as deviceId', 'uuid', 'name', 'fleet_id as fleetId'])
          .where('uuid', '=', uuid)
          .where('deleted_at', 'is', null)
          .executeTakeFirst()
        if (!found) throw Problem.notFound('device', uuid)
        const { deviceId, fleetId, name } = found
        await trx
          .insertInto('device_event')
          .values({
            device_id: deviceId,
            fleet_id: fleetId,
            at: now(),
            kind: 'action',
            summary: `Asked for ${what}`,
            actor: caller.name,
          })
          .execute()
        await deps.audit(trx, {
          actor: caller,
          action: `device.${kind}`,
          subjectKind: 'device',
          subjectId: uuid,
          fleetId,
          summary: `Asked ${name} for ${what}`,
        })
        const asked = { kind, serviceName: serviceName ?? null, isForced: force }
        const [stored] = await insertActions(trx, [deviceId], asked, caller.name, now())
        if (!stored) throw Problem.notFound('device', uuid)
        return { device: found, row: stored }
      })
      await send([device])
      return toAction(row, uuid)
    })
    registerRoute(app, routes.listActions, async ({ params }) => ({
      actions: await readActions(db, params.uuid),
    }))
  }

  return {
    open: (io: Server) => channel.open(io),
    nudge: (deviceId: number) => channel.nudge(deviceId),
    request,
    async nudgeFleet(fleetId: number): Promise<void> {
      const rows = await db
        .selectFrom('device')
        .select('id')
        .where('fleet_id', '=', fleetId)
        .where('has_action_channel', '=', true)
        .execute()
      for (const row of rows) channel.nudge(row.id)
    },
    /** Change listener: a moved target is told at once to devices that keep the channel open. */
    observe(changes: readonly Change[]): void {
      for (const change of changes) {
        if (change.kind === 'device' && change.aspects.has('target')) channel.nudge(change.deviceId)
        if (change.kind === 'device-removed') channel.end(change.deviceId)
      }
    },
    start: () => closeAllChannels(db),
    /** Job: what no device took or finished in time. */
    expire: async () => changed(await expireActions(db, now())),
    flush: () => channel.flush(),
    stop: () => channel.stop(),
    register,
  }
}
