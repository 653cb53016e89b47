import type { Kysely } from 'kysely'
import type { Namespace, Server, Socket } from 'socket.io'
import { commandReplies, commandReply, DEVICE_NAMESPACE, deviceSocketEvents } from '#contract/device-socket'
import type { CommandReply, DeviceCommand } from '#contract/device-socket'
import { GroupCommit } from '../../platform/db/group-commit.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import {
  devicesWithQueued,
  devicesWithSilent,
  finishActions,
  markDelivered,
  noteNeverBegun,
  readQueued,
  readUnanswered,
  type Ended,
  type Taken,
} from './action-delivery.store.ts'
import { keepChannels, readKeys, setChannels } from './action-presence.store.ts'
import type { Touched } from './actions.store.ts'

const NUDGE_AFTER_MS = 200
const ACKNOWLEDGE_WITHIN_MS = 20_000
/** Whole fleets come back at once after an outage; their sockets and answers are noted in groups. */
const MAX_QUEUED = 200_000
const MOST_ASKED = 100
/** What a device that is connected does takes less; then it is asked. */
const ASK_AGAIN_AFTER_MS = 60_000
/** Keys that changed so long before they were last looked for are looked at again: clocks of gateways differ. */
const KEY_OVERLAP_MS = 60_000

/** Whose socket it is, and the hash of the key it was opened with. */
type Owner = { deviceId: number; keyHash: string }

export type ChannelDeps = {
  db: Kysely<Schema>
  now: () => Date
  log: Logger
  changed: (rows: readonly Touched[]) => void
  /** The device when the key is its own. */
  authenticate: (uuid: string, key: string) => Promise<Owner | null>
}

/** The sockets that willing devices keep open: commands go out, results come back (contract/device-socket.ts). */
export class ActionChannel {
  readonly #deps: ChannelDeps
  readonly #presence: GroupCommit<number>
  readonly #taken: GroupCommit<Taken, boolean>
  readonly #results: GroupCommit<Ended>
  readonly #sockets = new Map<number, Socket>()
  readonly #nudged = new Set<number>()
  /** Commands offered over each socket, so that one is not offered twice over the same. */
  readonly #offered = new WeakMap<Socket, Set<string>>()
  #namespace: Namespace | null = null
  #nudgeTimer: NodeJS.Timeout | null = null
  #isStopped = false
  /** Until when changes of keys were looked for. */
  #keysSeen: Date

  constructor(deps: ChannelDeps) {
    this.#deps = deps
    const { db, now } = deps
    this.#keysSeen = now()
    this.#presence = new GroupCommit<number>({
      name: 'device sockets',
      maxQueued: MAX_QUEUED,
      write: async (deviceIds) => {
        const states = [...new Set(deviceIds)].map((deviceId) => ({
          deviceId,
          isOpen: this.#sockets.has(deviceId),
        }))
        deps.changed(await setChannels(db, states, now()))
        const open = states.filter((state) => state.isOpen).map((state) => state.deviceId)
        // Its key may have been revoked between the question whose it is and here.
        if (open.length > 0) await this.#endForeign({ deviceIds: open })
        await this.#reconcile(open)
        await this.deliver(open)
        return deviceIds.map(() => undefined)
      },
    })
    this.#taken = new GroupCommit({
      name: 'taken actions',
      maxQueued: MAX_QUEUED,
      write: async (taken) => {
        const { touched, delivered } = await markDelivered(db, taken, now())
        deps.changed(touched)
        return taken.map((one) => delivered.has(one.id))
      },
    })
    this.#results = new GroupCommit<Ended>({
      name: 'action results',
      maxQueued: MAX_QUEUED,
      write: async (results) => {
        deps.changed(await finishActions(db, results, now()))
        return results.map(() => undefined)
      },
    })
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
          this.#deps.log.error({ err: error }, 'could not identify a device socket')
          next(new Error('unavailable'))
        },
      )
    })
    this.#namespace.on('connection', (socket) => this.#serve(socket))
  }

  #serve(socket: Socket): void {
    const { deviceId } = socket.data as Owner
    const older = this.#sockets.get(deviceId)
    this.#sockets.set(deviceId, socket)
    // After a break of the network the gateway may still hold a socket that leads nowhere.
    older?.disconnect(true)
    this.#noted(this.#presence.submit(deviceId), 'a device socket could not be noted')
    socket.on('command:result', (message: unknown, stored: unknown) => {
      const parsed = deviceSocketEvents['command:result'].safeParse(message)
      if (!parsed.success) return
      const work = this.#results.submit({ ...parsed.data, deviceId })
      this.#noted(
        work.then(() => {
          if (typeof stored === 'function') (stored as () => void)()
        }),
        'a result could not be noted',
      )
    })
    socket.on('disconnect', () => {
      if (this.#sockets.get(deviceId) !== socket) return
      this.#sockets.delete(deviceId)
      // The end of the gateway closes all of them; the next start notes that.
      if (!this.#isStopped)
        this.#noted(this.#presence.submit(deviceId), 'a closed device socket could not be noted')
    })
  }

  #noted(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => this.#deps.log.error({ err: error }, what))
  }

  /** Offers what waits to those of the devices that are connected. */
  async deliver(deviceIds: readonly number[]): Promise<void> {
    const open = deviceIds.filter((deviceId) => this.#sockets.has(deviceId))
    for (const { deviceId, command } of await readQueued(this.#deps.db, open, this.#deps.now())) {
      const socket = this.#sockets.get(deviceId)
      if (!socket) continue
      const offered = this.#offered.get(socket) ?? new Set<string>()
      this.#offered.set(socket, offered)
      if (offered.has(command.id)) continue
      offered.add(command.id)
      this.#noted(this.#offer(socket, deviceId, command), 'a command could not be offered')
    }
  }

  async #offer(socket: Socket, deviceId: number, command: DeviceCommand): Promise<void> {
    const reply = commandReply.safeParse(await ask(socket, 'command', command))
    if (reply.success) await this.#follow(socket, deviceId, command.id, reply.data)
    // Nothing was heard, or nonsense: it is offered again, and the device knows what it did.
    else this.#offered.get(socket)?.delete(command.id)
  }

  /** Goes on from what the device says of a command. */
  async #follow(socket: Socket, deviceId: number, id: string, reply: CommandReply): Promise<void> {
    const taken = { id, deviceId }
    switch (reply.status) {
      case 'accepted':
        if (await this.#taken.submit(taken)) {
          const heard = await ask(socket, 'command:go', { id })
          // It may have come back over another socket before it was stored that it took this one.
          if (heard === undefined) await this.#reconcile([deviceId])
        } else {
          socket.emit('command:drop', { id })
          await noteNeverBegun(this.#deps.db, taken)
        }
        return
      case 'running':
        await this.#taken.submit(taken)
        return
      case 'unknown':
        await this.#results.submit({
          ...taken,
          status: 'failed',
          message: 'The device no longer knows of it',
        })
        return
      default:
        await this.#taken.submit(taken)
        await this.#results.submit({
          ...taken,
          status: reply.status === 'done' ? 'done' : 'failed',
          message: reply.message,
          ...(reply.files ? { files: reply.files } : {}),
        })
    }
  }

  /** Asks devices that are back what became of what they had taken. */
  async #reconcile(deviceIds: readonly number[]): Promise<void> {
    const unanswered = new Map<number, string[]>()
    for (const { deviceId, id } of await readUnanswered(this.#deps.db, deviceIds))
      unanswered.set(deviceId, [...(unanswered.get(deviceId) ?? []), id])
    for (const [deviceId, all] of unanswered) {
      const socket = this.#sockets.get(deviceId)
      const ids = all.slice(0, MOST_ASKED)
      if (socket) this.#noted(this.#askStatus(socket, deviceId, ids), 'a device could not be asked')
    }
  }

  async #askStatus(socket: Socket, deviceId: number, ids: readonly string[]): Promise<void> {
    const replies = commandReplies.safeParse(await ask(socket, 'command:status', { ids }))
    if (!replies.success) return
    await Promise.all(
      replies.data.map(async (reply, index) => {
        const id = ids[index]
        if (id !== undefined) await this.#follow(socket, deviceId, id, reply)
      }),
    )
  }

  /** Job: what was missed, by a lost acknowledgement or because another gateway stored it. */
  async catchUp(): Promise<void> {
    const { db, now } = this.#deps
    this.#deps.changed(await keepChannels(db, [...this.#sockets.keys()]))
    const at = now()
    if (this.#sockets.size > 0)
      await this.#endForeign({ changedSince: new Date(this.#keysSeen.getTime() - KEY_OVERLAP_MS) })
    this.#keysSeen = at
    if (this.#sockets.size === 0) return
    await this.deliver(await devicesWithQueued(db, now()))
    const silent = await devicesWithSilent(db, new Date(now().getTime() - ASK_AGAIN_AFTER_MS))
    await this.#reconcile(silent.filter((deviceId) => this.#sockets.has(deviceId)))
  }

  /** Tells a device soon that its target may have changed; several reasons within a moment are one message. */
  nudge(deviceId: number): void {
    if (this.#isStopped) return
    this.#nudged.add(deviceId)
    this.#nudgeTimer ??= setTimeout(() => {
      this.#nudgeTimer = null
      for (const id of this.#nudged) this.#sockets.get(id)?.emit('target:changed', {})
      this.#nudged.clear()
    }, NUDGE_AFTER_MS)
  }

  /** Ends the socket of a deleted device. */
  end(deviceId: number): void {
    this.#sockets.get(deviceId)?.disconnect(true)
  }

  /** The key of a device has changed: a socket that was opened with another one ends. */
  recheck(deviceId: number): void {
    if (this.#sockets.has(deviceId))
      this.#noted(this.#endForeign({ deviceIds: [deviceId] }), 'the key of a device could not be looked at')
  }

  async #endForeign(of: Parameters<typeof readKeys>[1]): Promise<void> {
    for (const [deviceId, keyHash] of await readKeys(this.#deps.db, of)) {
      const socket = this.#sockets.get(deviceId)
      if (socket && (socket.data as Owner).keyHash !== keyHash) socket.disconnect(true)
    }
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

/** What the device acknowledges a message with; undefined when it does not in time, or is gone. */
function ask(socket: Socket, event: string, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    if (!socket.connected) return resolve(undefined)
    const gone = () => resolve(undefined)
    // socket.io would wait for the answer of one that is gone until the time is up.
    socket.once('disconnect', gone)
    socket.timeout(ACKNOWLEDGE_WITHIN_MS).emit(event, message, (error: Error | null, answer: unknown) => {
      socket.off('disconnect', gone)
      resolve(error ? undefined : answer)
    })
  })
}
