import type { Server as HttpServer } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { DEVICE_NAMESPACE } from '#contract/device-socket'
import {
  clientEvents,
  HEARTBEAT_MS,
  MAX_SUBSCRIPTIONS_PER_SOCKET,
  subscribeRequest,
  type ClientToServer,
  type ServerToClient,
  type SubscribeReply,
} from '#contract/events'
import type { Access } from '#contract/role'
import { admitWatcher } from './authorise.ts'
import type { Change } from './changes.ts'
import { fieldErrors } from './field-errors.ts'
import type { Hub } from './hub.ts'
import type { LiveServer } from './line-relay.ts'
import type { Logger } from './logger.ts'
import { Problem } from './problem.ts'
import type { RedisLink } from './redis.ts'
import type { FleetsOf } from './resource-fleets.ts'

/** Packets waiting in one socket beyond which its reader counts as slow. */
const MAX_WAITING_PACKETS = 64
/** Patches of one stream that a page was sent and has not worked through; more wait, and what waits too long is left out. */
const MAX_UNTAKEN_PATCHES = 2
/** A page that says nothing for so long will not say anything. */
const TAKEN_WITHIN_MS = 10_000
const MAX_PAYLOAD_BYTES = 100_000

/** Who is behind a socket, from the same cookie as HTTP; null refuses the connection. */
export type SocketIdentity = { userId: number; access: Access; sessionId: string }
type LiveConnection = Socket<ClientToServer, ServerToClient>

export type LiveSocketOptions = {
  http: HttpServer
  hub: Hub
  log: Logger
  /** Address under which browsers reach the gateway, when it is not the one in the Host header. */
  publicUrl: string | undefined
  identify: (cookieHeader: string | undefined) => Promise<SocketIdentity | null>
  fleetsOf: FleetsOf
  /** Of these sessions those that live, and what their people may do now. */
  liveSessions: (sessionIds: readonly string[]) => Promise<ReadonlyMap<string, Access>>
  now: () => Date
  /** Where other gateways share it: rooms span all of them then. */
  adapter: RedisLink['adapter'] | null
}

/**
 * Whether a connection comes from a page of the gateway itself. Programs that are no browser send no Origin; a page of
 * another site sends its own, and a sandboxed one `null`.
 */
export function isOwnOrigin(
  headers: { origin?: string | undefined; host?: string | undefined },
  publicUrl: string | undefined,
): boolean {
  if (headers.origin === undefined) return true
  if (!URL.canParse(headers.origin)) return false
  const origin = new URL(headers.origin)
  return (
    origin.host === headers.host || (publicUrl !== undefined && origin.origin === new URL(publicUrl).origin)
  )
}

/** Opens the browser side of socket.io on the gateway's own HTTP server. */
export function openLiveSocket(options: LiveSocketOptions) {
  const io: LiveServer = new Server(options.http, {
    serveClient: false,
    maxHttpBufferSize: MAX_PAYLOAD_BYTES,
    ...(options.adapter ? { adapter: options.adapter } : {}),
    pingInterval: 10_000,
    pingTimeout: 10_000,
    allowRequest: (request, answer) => answer(null, isOwnOrigin(request.headers, options.publicUrl)),
  })
  io.use((socket, next) => {
    options
      .identify(socket.handshake.headers.cookie)
      .then((identity) => {
        if (!identity) return next(new Error('unauthorized'))
        socket.data = identity
        next()
      })
      .catch((error: unknown) => {
        options.log.error({ err: error }, 'could not identify a socket')
        next(new Error('unavailable'))
      })
  })
  io.on('connection', (socket) => serve(socket, options))
  // Volatile: whose connection is full gets none, rather than one more packet that waits.
  const heartbeat = setInterval(
    () => io.local.volatile.emit('heartbeat', { at: options.now().toISOString() }),
    HEARTBEAT_MS,
  )
  // Each gateway hears of the change, and ends its own.
  const end = (room: string, reason: 'signed-out' | 'rights-changed') => {
    io.local.in(room).emit('goodbye', { reason })
    io.local.in(room).disconnectSockets(true)
  }
  return {
    io,
    /** Listener for `Changes`: ends the sockets of sessions that are over, and those of people whose rights changed. */
    note(changes: readonly Change[]): void {
      for (const change of changes) {
        if (change.kind === 'session-ended') end(`session:${change.sessionId}`, 'signed-out')
        // The page connects again by itself, and is then who it is now.
        if (change.kind === 'rights') end(`user:${String(change.userId)}`, 'rights-changed')
      }
    },
    /**
     * Job: ends sockets whose session is over, or whose people may do something else than when they connected. Changes told
     * of by another gateway can be missed.
     */
    async recheck(): Promise<void> {
      const held = new Map<string, Access>()
      for (const socket of io.sockets.sockets.values()) {
        const { sessionId, access } = socket.data as SocketIdentity
        held.set(sessionId, access)
      }
      const live = await options.liveSessions([...held.keys()])
      for (const [sessionId, access] of held) {
        const now = live.get(sessionId)
        if (!now) end(`session:${sessionId}`, 'signed-out')
        else if (JSON.stringify(now) !== JSON.stringify(access)) end(`session:${sessionId}`, 'rights-changed')
      }
    },
    /** Says goodbye and ends every connection; the HTTP server is not touched. */
    close(): void {
      clearInterval(heartbeat)
      io.local.emit('goodbye', { reason: 'stopping' })
      io.local.disconnectSockets(true)
      io.engine.close()
      for (const name of ['/', DEVICE_NAMESPACE]) void io.of(name).adapter.close()
    },
  }
}

/** One subscription of a socket; it may end (unsubscribe, renewal, disconnect) while the hub still opens it. */
class Subscription {
  hasEnded = false
  /** Patches of a stream that the page has not worked through. */
  untaken = 0
  #stop: (() => void) | null = null

  begin(stop: () => void): void {
    if (this.hasEnded) stop()
    else this.#stop = stop
  }

  end(): void {
    this.hasEnded = true
    this.#stop?.()
    this.#stop = null
  }
}

function serve(socket: LiveConnection, options: LiveSocketOptions): void {
  const identity = socket.data as SocketIdentity
  const subscriptions = new Map<string, Subscription>()
  void socket.join([`session:${identity.sessionId}`, `user:${String(identity.userId)}`])
  // engine.io keeps packets that the connection has not taken yet in this list.
  const waitingPackets = () => {
    const waiting: unknown = Reflect.get(socket.conn, 'writeBuffer')
    return Array.isArray(waiting) ? waiting.length : 0
  }
  const subscribe = async (input: unknown): Promise<SubscribeReply> => {
    const parsed = subscribeRequest.safeParse(input)
    if (!parsed.success) {
      const errors = fieldErrors('subscribe', parsed.error)
      throw new Problem({ status: 400, code: 'invalid', title: 'The subscription is not valid', errors })
    }
    const { id, topic, since } = parsed.data
    if (!subscriptions.has(id) && subscriptions.size >= MAX_SUBSCRIPTIONS_PER_SOCKET) {
      throw new Problem({
        status: 429,
        code: 'too-many-subscriptions',
        title: 'Too many subscriptions',
        detail: `One page may watch ${MAX_SUBSCRIPTIONS_PER_SOCKET} topics at once`,
      })
    }
    subscriptions.get(id)?.end()
    // The place is taken before anything is awaited: a flood of requests cannot pass the limit together.
    const subscription = new Subscription()
    subscriptions.set(id, subscription)
    try {
      const within = await admitWatcher(topic, identity.access, options.fleetsOf)
      const { stop, ...joined } = await options.hub.subscribe(topic, since, {
        userId: identity.userId,
        within,
        isReady: () => waitingPackets() < MAX_WAITING_PACKETS,
        // A page that is too busy to read still empties its connection: the browser reads it, and keeps it.
        isDrained: () => waitingPackets() === 0 && subscription.untaken < MAX_UNTAKEN_PATCHES,
        send: (patch) => {
          if (subscription.hasEnded) return
          if (!options.hub.isStream(topic.kind)) return void socket.emit('patch', { id, ...patch })
          subscription.untaken++
          socket.timeout(TAKEN_WITHIN_MS).emit('patch', { id, ...patch }, () => {
            subscription.untaken--
          })
        },
        resync: () => {
          if (!subscription.hasEnded) socket.emit('resync', { id })
        },
      })
      subscription.begin(stop)
      return { ok: true, ...joined }
    } catch (error) {
      if (subscriptions.get(id) === subscription) subscriptions.delete(id)
      throw error
    }
  }
  socket.on('subscribe', (input: unknown, reply: unknown) => {
    if (typeof reply !== 'function') return
    const answer = reply as (value: SubscribeReply) => void
    subscribe(input).then(answer, (error: unknown) => {
      if (error instanceof Problem) return answer({ ok: false, problem: error.toBody() })
      options.log.error({ err: error }, 'a subscription failed')
      answer({
        ok: false,
        problem: {
          type: 'about:blank',
          title: 'The gateway could not serve this',
          status: 500,
          code: 'internal',
        },
      })
    })
  })
  socket.on('unsubscribe', (input: unknown) => {
    const parsed = clientEvents.unsubscribe.safeParse(input)
    if (!parsed.success) return
    subscriptions.get(parsed.data.id)?.end()
    subscriptions.delete(parsed.data.id)
  })
  socket.on('disconnect', () => {
    for (const subscription of subscriptions.values()) subscription.end()
    subscriptions.clear()
  })
}
