import type { FastifyInstance } from 'fastify'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Namespace, Server } from 'socket.io'
import { DEVICE_NAMESPACE, deviceChannelEvents, type DeviceChannelResult } from '#contract/events'
import type { Action, ActionKind } from '#contract/device'
import { routes } from '#contract/routes'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'

const EXPIRES_AFTER_MS = 15 * 60_000
const LISTED = 50
/** One message of a device is a result of at most 1,000 characters. */
const SOON_MS = 200

export type ActionDeps = {
  db: Kysely<Schema>
  now: () => Date
  log: Logger
  publish: (changes: readonly Change[]) => void
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  /** The device when the key is its own. */
  authenticate: (
    uuid: string,
    key: string,
  ) => Promise<{ deviceId: number; uuid: string; fleetId: number } | null>
}

type Row = {
  id: number
  device_id: number
  kind: ActionKind
  service_name: string | null
  is_forced: boolean
  state: Action['state']
  message: string | null
  created_by: string
  created_at: Date
  expires_at: Date
  finished_at: Date | null
}
const toAction = (row: Row, uuid: string): Action => ({
  id: row.id,
  deviceUuid: uuid,
  kind: row.kind,
  serviceName: row.service_name,
  state: row.state,
  message: row.message,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  expiresAt: row.expires_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
})

const room = (deviceId: number) => `device:${deviceId}`

/** One-shot actions, over a channel that a willing device keeps open; upstream has none without its VPN. */
export function actionsModule(deps: ActionDeps) {
  let channel: Namespace | null = null
  const nudges = new Set<number>()
  let nudgeTimer: NodeJS.Timeout | null = null

  async function changed(deviceIds: readonly number[]): Promise<void> {
    if (deviceIds.length === 0) return
    const rows = await deps.db
      .selectFrom('device')
      .select(['id', 'uuid', 'fleet_id'])
      .where('id', 'in', [...deviceIds])
      .execute()
    deps.publish(
      rows.map((row) => ({
        kind: 'device',
        deviceId: row.id,
        uuid: row.uuid,
        fleetId: row.fleet_id,
        aspects: new Set(['event'] as const),
      })),
    )
  }

  /** Sends what waits for this device; each acknowledgement makes an action `delivered`. */
  async function deliver(deviceId: number): Promise<void> {
    const waiting = await deps.db
      .selectFrom('device_action')
      .selectAll()
      .where('device_id', '=', deviceId)
      .where('state', '=', 'queued')
      .where('expires_at', '>', deps.now())
      .orderBy('id')
      .execute()
    for (const row of waiting) {
      const message = { id: row.id, kind: row.kind, serviceName: row.service_name, force: row.is_forced }
      channel?.to(room(deviceId)).emit('action', message)
    }
  }

  async function request(
    deviceIds: readonly number[],
    action: { kind: ActionKind; serviceName: string | null; isForced: boolean },
    actor: string,
  ): Promise<Row[]> {
    if (deviceIds.length === 0) return []
    const now = deps.now()
    const rows = await sql<Row>`
      insert into device_action (device_id, kind, service_name, is_forced, created_by, created_at, expires_at, state, message)
      select d.id, ${action.kind}, ${action.serviceName}, ${action.isForced}, ${actor}, ${now}, ${new Date(now.getTime() + EXPIRES_AFTER_MS)}, 'queued',
        case when d.has_action_channel then null else 'Waits for the device to open its action channel' end
      from device d where d.id = any(${[...deviceIds]}::bigint[]) and d.deleted_at is null
      returning *`.execute(deps.db)
    await Promise.all(rows.rows.map((row) => deliver(row.device_id)))
    await changed(rows.rows.map((row) => row.device_id))
    return rows.rows
  }

  async function finish(deviceId: number, result: DeviceChannelResult): Promise<void> {
    const row = await deps.db
      .updateTable('device_action')
      .set({ state: result.status, message: result.message, finished_at: deps.now() })
      .where('id', '=', result.id)
      .where('device_id', '=', deviceId)
      .where('state', 'in', ['queued', 'delivered'])
      .returning('id')
      .executeTakeFirst()
    if (row) await changed([deviceId])
  }

  async function setChannel(deviceId: number, isOpen: boolean): Promise<void> {
    await deps.db
      .updateTable('device')
      .set({ has_action_channel: isOpen })
      .where('id', '=', deviceId)
      .execute()
    await changed([deviceId])
  }

  const noted = (work: Promise<unknown>, what: string) =>
    void work.catch((error: unknown) => deps.log.error({ err: error }, what))

  function open(io: Server): void {
    channel = io.of(DEVICE_NAMESPACE)
    channel.use((socket, next) => {
      const { uuid, key } = socket.handshake.auth as Record<string, unknown>
      if (typeof uuid !== 'string' || typeof key !== 'string')
        return next(new Error('uuid and key are needed'))
      deps.authenticate(uuid, key).then(
        (device) => {
          if (!device) return next(new Error('unauthorized'))
          socket.data = device
          next()
        },
        (error: unknown) => {
          deps.log.error({ err: error }, 'could not identify a device channel')
          next(new Error('unavailable'))
        },
      )
    })
    channel.on('connection', (socket) => {
      const { deviceId } = socket.data as { deviceId: number }
      void socket.join(room(deviceId))
      noted(
        setChannel(deviceId, true).then(() => deliver(deviceId)),
        'a device channel could not be opened',
      )
      socket.on('action:taken', (message: unknown) => {
        const id = Number((message as { id?: unknown } | null)?.id)
        if (!Number.isSafeInteger(id)) return
        noted(
          deps.db
            .updateTable('device_action')
            .set({ state: 'delivered', delivered_at: deps.now(), message: null })
            .where('id', '=', id)
            .where('device_id', '=', deviceId)
            .where('state', '=', 'queued')
            .execute()
            .then(() => changed([deviceId])),
          'a delivery could not be noted',
        )
      })
      socket.on('action:result', (message: unknown) => {
        const parsed = deviceChannelEvents['action:result'].safeParse(message)
        if (parsed.success) noted(finish(deviceId, parsed.data), 'a result could not be noted')
      })
      socket.on('disconnect', () => {
        if ((channel?.adapter.rooms.get(room(deviceId))?.size ?? 0) === 0)
          noted(setChannel(deviceId, false), 'a closed channel could not be noted')
      })
    })
  }

  function nudge(deviceId: number): void {
    nudges.add(deviceId)
    nudgeTimer ??= setTimeout(() => {
      nudgeTimer = null
      for (const id of nudges) channel?.to(room(id)).emit('target:changed', {})
      nudges.clear()
    }, SOON_MS)
  }

  return {
    open,
    nudge,
    request,
    async nudgeFleet(fleetId: number): Promise<void> {
      const rows = await deps.db
        .selectFrom('device')
        .select('id')
        .where('fleet_id', '=', fleetId)
        .where('has_action_channel', '=', true)
        .execute()
      for (const row of rows) nudge(row.id)
    },
    /** Change listener: a moved target is told at once to devices that keep the channel open. */
    observe(changes: readonly Change[]): void {
      for (const change of changes)
        if (change.kind === 'device' && change.aspects.has('target')) nudge(change.deviceId)
    },
    /** At start nobody is connected, whatever was stored by a gateway that died. */
    async start(): Promise<void> {
      await deps.db
        .updateTable('device')
        .set({ has_action_channel: false })
        .where('has_action_channel', '=', true)
        .execute()
    },
    /** Job: what no device took or finished in time. */
    async expire(): Promise<void> {
      const gone = await deps.db
        .updateTable('device_action')
        .set({ state: 'expired', finished_at: deps.now(), message: 'The device did not do it in time' })
        .where('state', 'in', ['queued', 'delivered'])
        .where('expires_at', '<=', deps.now())
        .returning('device_id')
        .execute()
      await changed(gone.map((row) => row.device_id))
    },
    stop(): void {
      if (nudgeTimer) clearTimeout(nudgeTimer)
    },
    register(app: FastifyInstance): void {
      registerRoute(app, routes.createAction, async ({ params, body, caller }) => {
        const device = await deps.db
          .selectFrom('device')
          .select(['id', 'name', 'fleet_id'])
          .where('uuid', '=', params.uuid)
          .where('deleted_at', 'is', null)
          .executeTakeFirst()
        if (!device) throw Problem.notFound('device', params.uuid)
        if (body.kind.endsWith('-service') && body.serviceName === undefined)
          throw Problem.invalid('body.serviceName', `is needed for ${body.kind}`)
        await deps.db
          .insertInto('device_event')
          .values({
            device_id: device.id,
            fleet_id: device.fleet_id,
            at: deps.now(),
            kind: 'action',
            summary: `Asked for ${body.kind}${body.serviceName === undefined ? '' : ` of ${body.serviceName}`}`,
            actor: caller.name,
          })
          .execute()
        await deps.audit(deps.db, {
          actor: caller,
          action: `device.${body.kind}`,
          subjectKind: 'device',
          subjectId: params.uuid,
          fleetId: device.fleet_id,
          summary: `Asked ${device.name} for ${body.kind}`,
        })
        const [row] = await request(
          [device.id],
          { kind: body.kind, serviceName: body.serviceName ?? null, isForced: body.force },
          caller.name,
        )
        if (!row) throw Problem.notFound('device', params.uuid)
        return toAction(row, params.uuid)
      })
      registerRoute(app, routes.listActions, async ({ params }) => {
        const rows = await deps.db
          .selectFrom('device_action as a')
          .innerJoin('device as d', 'd.id', 'a.device_id')
          .selectAll('a')
          .where('d.uuid', '=', params.uuid)
          .orderBy('a.id', 'desc')
          .limit(LISTED)
          .execute()
        return { actions: rows.map((row) => toAction(row, params.uuid)) }
      })
    },
  }
}
