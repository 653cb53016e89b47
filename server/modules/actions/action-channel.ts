import type { Kysely } from 'kysely'
import type { Namespace, Server, Socket } from 'socket.io'
import { DEVICE_NAMESPACE, deviceChannelEvents, type DeviceChannelResult } from '#contract/events'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import { finishActions, markDelivered, readWaiting, setChannels, type Touched } from './actions.store.ts'

const NUDGE_AFTER_MS = 200
/** Whole fleets come back at once after an outage; their channels and answers are noted in groups. */
const MAX_QUEUED = 200_000

export type ChannelDeps = {
  db: Kysely<Schema>
  now: () => Date
  log: Logger
  changed: (devices: readonly Touched[]) => void
  /** The device when the key is its own. */
  authenticate: (uuid: string, key: string) => Promise<{ deviceId: number } | null>
}

const room = (deviceId: number) => `device:${deviceId}`

/** The socket.io namespace that willing devices keep open: actions go out, results come back. */
export class ActionChannel {
  readonly #deps: ChannelDeps
  readonly #presence: GroupCommit<number>
  readonly #taken: GroupCommit<{ id: number; deviceId: number }>
  readonly #results: GroupCommit<DeviceChannelResult & { deviceId: number }>
  readonly #nudged = new Set<number>()
  /** Actions sent over each socket, so that one is not sent twice over the same. */
  readonly #sent = new WeakMap<Socket, Set<number>>()
  #namespace: Namespace | null = null
  #nudgeTimer: NodeJS.Timeout | null = null
  #isStopped = false

  constructor(deps: ChannelDeps) {
    this.#deps = deps
    const { db, now } = deps
    const grouped = <T>(name: string, write: (items: readonly T[]) => Promise<readonly Touched[]>) =>
      new GroupCommit<T>({
        name,
        maxQueued: MAX_QUEUED,
        write: async (items) => {
          deps.changed(await write(items))
          return items.map(() => undefined)
        },
      })
    this.#presence = grouped<number>('action channels', async (deviceIds) => {
      const states = [...new Set(deviceIds)].map((deviceId) => ({ deviceId, isOpen: this.#isOpen(deviceId) }))
      const touched = await setChannels(db, states, now())
      await this.deliver(states.filter((state) => state.isOpen).map((state) => state.deviceId))
      return touched
    })
    this.#taken = grouped('taken actions', (taken) => markDelivered(db, taken, now()))
    this.#results = grouped('action results', (results) => finishActions(db, results, now()))
  }

  open(io: Server): void {
    this.#namespace = io.of(DEVICE_NAMESPACE)
    this.#namespace.use((socket, next) => {
      const { uuid, key } = socket.handshake.auth as Record<string, unknown>
      if (typeof uuid !== 'string' || typeof key !== 'string')
        return next(new Error('uuid and key are needed'))
      this.#deps.authenticate(uuid, key).then(
        (device) => {
          socket.data = device
          next(device ? undefined : new Error('unauthorized'))
        },
        (error: unknown) => {
          this.#deps.log.error({ err: error }, 'could not identify a device channel')
          next(new Error('unavailable'))
        },
      )
    })
    this.#namespace.on('connection', (socket) => this.#serve(socket))
  }

  #serve(socket: Socket): void {
    const { deviceId } = socket.data as { deviceId: number }
    void socket.join(room(deviceId))
    this.#noted(this.#presence.submit(deviceId), 'a device channel could not be noted')
    socket.on('action:result', (message: unknown) => {
      const parsed = deviceChannelEvents['action:result'].safeParse(message)
      if (parsed.success)
        this.#noted(this.#results.submit({ ...parsed.data, deviceId }), 'a result could not be noted')
    })
    socket.on('disconnect', () => {
      // The end of the gateway closes all of them; the next start notes that.
      if (!this.#isStopped)
        this.#noted(this.#presence.submit(deviceId), 'a closed channel could not be noted')
    })
  }

  #noted(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => this.#deps.log.error({ err: error }, what))
  }

  #isOpen(deviceId: number): boolean {
    return (this.#namespace?.adapter.rooms.get(room(deviceId))?.size ?? 0) > 0
  }

  /** Sends what waits for those of the devices that are connected; each acknowledgement makes an action `delivered`. */
  async deliver(deviceIds: readonly number[]): Promise<void> {
    const open = deviceIds.filter((deviceId) => this.#isOpen(deviceId))
    for (const { deviceId, action } of await readWaiting(this.#deps.db, open, this.#deps.now())) {
      for (const socket of this.#socketsOf(deviceId)) {
        const sent = this.#sent.get(socket) ?? new Set<number>()
        this.#sent.set(socket, sent)
        if (sent.has(action.id)) continue
        sent.add(action.id)
        socket.emit('action', action, () =>
          this.#noted(this.#taken.submit({ id: action.id, deviceId }), 'a delivery could not be noted'),
        )
      }
    }
  }

  #socketsOf(deviceId: number): Socket[] {
    const ids = [...(this.#namespace?.adapter.rooms.get(room(deviceId)) ?? [])]
    return ids.flatMap((id) => this.#namespace?.sockets.get(id) ?? [])
  }

  /** Tells a device soon that its target may have changed; several reasons within a moment are one message. */
  nudge(deviceId: number): void {
    if (this.#isStopped) return
    this.#nudged.add(deviceId)
    this.#nudgeTimer ??= setTimeout(() => {
      this.#nudgeTimer = null
      for (const id of this.#nudged) this.#namespace?.to(room(id)).emit('target:changed', {})
      this.#nudged.clear()
    }, NUDGE_AFTER_MS)
  }

  /** Ends the channel of a deleted device. */
  end(deviceId: number): void {
    this.#namespace?.in(room(deviceId)).disconnectSockets(true)
  }

  /** Resolves when everything heard so far is stored. */
  async flush(): Promise<void> {
    await this.#presence.flush()
    await this.#taken.flush()
    await this.#results.flush()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#nudgeTimer) clearTimeout(this.#nudgeTimer)
    await this.flush()
  }
}
