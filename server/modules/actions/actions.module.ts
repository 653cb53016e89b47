import type { FastifyInstance } from 'fastify'
import type { Transaction } from 'kysely'
import type { Server } from 'socket.io'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import { registerBatches } from './action-batches.routes.ts'
import { ActionChannel } from './action-channel.ts'
import { ActionCarrier } from './carry-actions.ts'
import { expireActions } from './action-delivery.store.ts'
import { closeAllChannels } from './action-presence.store.ts'
import { registerActions } from './actions.routes.ts'
import { changesOf, readActions, type ActionRequest, type Touched } from './actions.store.ts'
import { collectFromDevice } from './collect-diagnostics.service.ts'
import { askDevice, askMany, checkRequest, sendBatch, type ActionDeps, type Actor } from './ask.service.ts'
import { liftOverrides, revertTargets, settleTargets } from './target-actions.store.ts'

/**
 * What devices are asked to do once. What the target state can say goes that way, to every supervisor; the rest over a
 * socket that a willing device keeps open, because upstream has no such way without its VPN.
 */
export function actionsModule(deps: ActionDeps & { hub: Hub }) {
  const { db, now } = deps
  const changed = (rows: readonly Touched[], isTarget = false) => deps.publish(changesOf(rows, isTarget))
  const channel = new ActionChannel({ ...deps, changed: (rows) => changed(rows) })
  const carrier = new ActionCarrier({ ...deps, changed: (rows) => changed(rows) })
  const asker = { deps, channel, carry: () => carrier.look() }

  /** Job: what was taken, followed, or has run out of time. */
  async function sweep(): Promise<void> {
    changed(await settleTargets(db, now()))
    const { ended, reverted } = await db.transaction().execute(async (trx) => {
      const at = now()
      return { ended: await expireActions(trx, at), reverted: await revertTargets(trx, at) }
    })
    changed(ended)
    changed(reverted, true)
    changed(await liftOverrides(db, now()), true)
    await channel.catchUp()
    carrier.look()
  }

  async function nudgeFleet(fleetId: number): Promise<void> {
    const rows = await db
      .selectFrom('device')
      .select('id')
      .where('fleet_id', '=', fleetId)
      .where('has_action_channel', '=', true)
      .execute()
    for (const row of rows) channel.nudge(row.id)
  }

  return {
    open: (io: Server) => channel.open(io),
    nudge: (deviceId: number) => channel.nudge(deviceId),
    /** Refuses what may not be asked of many devices. */
    check: (request: ActionRequest, actor: Actor) => checkRequest(request, actor.role, 'body.operation'),
    /** Stores an action of many devices in the caller's transaction; `send` it after the commit. */
    askMany: (
      trx: Transaction<Schema>,
      deviceIds: readonly number[],
      request: ActionRequest,
      actor: string,
    ) => askMany(asker, trx, deviceIds, request, actor),
    send: (batchId: number) => sendBatch(asker, batchId),
    ask: (uuid: string, request: ActionRequest, actor: Actor) => askDevice(asker, uuid, request, actor),
    /** What the device tells of itself, now or before; `whyNot`: why nobody can ask it, null where it can be tried. */
    collect: (uuid: string, actor: Actor, whyNot: string | null) =>
      collectFromDevice(asker, uuid, actor, whyNot),
    /** The newest actions of a device. */
    read: (uuid: string, limit: number) => readActions(db, uuid, { before: null, limit }),
    /** Tells the devices of a fleet that keep a channel open here to poll at once. */
    nudgeFleet: (fleetId: number) => {
      nudgeFleet(fleetId).catch((error: unknown) =>
        deps.log.error({ err: error, fleetId }, 'devices could not be told'),
      )
    },
    /** Change listener: a moved target is told at once to devices that keep their socket open here. */
    observe(changes: readonly Change[]): void {
      for (const change of changes) {
        if (change.kind === 'device' && change.aspects.has('target')) channel.nudge(change.deviceId)
        if (change.kind === 'device' && change.aspects.has('key')) channel.recheck(change.deviceId)
        if (change.kind === 'device-removed') channel.end(change.deviceId)
      }
    },
    start: () => closeAllChannels(db),
    sweep,
    flush: () => channel.flush(),
    async stop(): Promise<void> {
      await Promise.all([channel.stop(), carrier.idle()])
    },
    register(app: FastifyInstance): void {
      registerActions(app, asker)
      registerBatches(app, asker, deps.hub)
    },
  }
}
