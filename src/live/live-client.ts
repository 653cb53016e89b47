import { io, type Socket } from 'socket.io-client'
import {
  serverEvents,
  topicData,
  type ClientToServer,
  type ServerToClient,
  type Topic,
  type TopicData,
  type TopicKind,
} from '#contract/events'
import type { ProblemDetails } from '#contract/problem'
import { judgeConnection, useConnection, WATCHDOG_MS } from './connection.store'

export type TopicOf<K extends TopicKind> = Extract<Topic, { kind: K }>
/** `from`/`to` are revisions; `data` is the latest state of what changed between them. */
export type LivePatch<K extends TopicKind> = { from: number; to: number; data: TopicData[K] }

export type WatchHandlers<K extends TopicKind> = {
  /** The revision the page holds now, asked again at every reconnect; null: nothing yet. */
  since: () => number | null
  onPatch: (patch: LivePatch<K>) => void
  /** What the page holds cannot be brought up to date by patches: fetch the snapshot again. */
  onResync: () => void
  /** The gateway refused the subscription. */
  onRefused?: (problem: ProblemDetails) => void
}

export type LiveClient = {
  /** Watches a topic until the returned function is called; survives reconnects by itself. */
  watch: <K extends TopicKind>(topic: TopicOf<K>, handlers: WatchHandlers<K>) => () => void
  /** Opens the connection; safe to repeat. */
  connect: () => void
  close: () => void
}

type Watch = { topic: Topic; receive: (raw: unknown) => void; handlers: WatchHandlers<never> }

/**
 * The only owner of a socket in the page. It keeps the list of what is watched; at every (re)connect it subscribes
 * again from the revision the page holds, so the gateway replays what was missed or asks for a new snapshot.
 */
export function createLiveClient(options: {
  url?: string
  onSignedOut: () => void
  /** What this person may see is another than before; the socket comes back by itself. */
  onRightsChanged: () => void
}): LiveClient {
  const socketOptions = {
    autoConnect: false,
    transports: ['websocket', 'polling'],
    reconnectionDelay: 300,
    reconnectionDelayMax: 3000,
    timeout: 8000,
  }
  const socket: Socket<ServerToClient, ClientToServer> =
    options.url === undefined ? io(socketOptions) : io(options.url, socketOptions)
  const watches = new Map<string, Watch>()
  let sequence = 0
  let watchdog: ReturnType<typeof setInterval> | null = null
  let retry: ReturnType<typeof setTimeout> | undefined

  const judge = () => judgeConnection(socket.connected)
  const heard = () => {
    useConnection.setState({ lastHeardAtMs: Date.now(), reason: null })
    judge()
  }

  const subscribe = (id: string, watch: Watch) => {
    socket.emit('subscribe', { id, topic: watch.topic, since: watch.handlers.since() }, (reply) => {
      // It may have been given up, or renewed, while the answer was under way.
      if (watches.get(id) !== watch) return
      heard()
      if (!reply.ok) watch.handlers.onRefused?.(reply.problem)
      else if (reply.isResync) watch.handlers.onResync()
    })
  }

  socket.on('connect', () => {
    heard()
    for (const [id, watch] of watches) subscribe(id, watch)
  })
  socket.on('disconnect', (reason) => {
    judge()
    // After a close by the gateway socket.io does not try again by itself.
    if (reason === 'io server disconnect') socket.connect()
  })
  socket.on('connect_error', (error) => {
    if (error.message === 'unauthorized') {
      socket.disconnect()
      options.onSignedOut()
    } else if (!socket.active) {
      // Refused by the middleware: the manager gives up, the page does not.
      retry = setTimeout(() => socket.connect(), socketOptions.reconnectionDelayMax)
    }
    judge()
  })
  socket.on('heartbeat', heard)
  socket.on('patch', (raw, taken) => {
    heard()
    const parsed = serverEvents.patch.safeParse(raw)
    if (parsed.success) watches.get(parsed.data.id)?.receive(parsed.data)
    // Only now: while this page is busy the gateway sends it no more than it can follow.
    taken?.()
  })
  socket.on('resync', (raw) => {
    const parsed = serverEvents.resync.safeParse(raw)
    if (parsed.success) watches.get(parsed.data.id)?.handlers.onResync()
  })
  socket.on('goodbye', (raw) => {
    const parsed = serverEvents.goodbye.safeParse(raw)
    if (!parsed.success) return
    useConnection.setState({ reason: parsed.data.reason })
    if (parsed.data.reason === 'signed-out') options.onSignedOut()
    if (parsed.data.reason === 'rights-changed') options.onRightsChanged()
  })

  return {
    connect() {
      watchdog ??= setInterval(judge, WATCHDOG_MS)
      socket.connect()
    },
    close() {
      if (watchdog) clearInterval(watchdog)
      clearTimeout(retry)
      watchdog = null
      watches.clear()
      socket.disconnect()
    },
    watch(topic, handlers) {
      const id = `w${++sequence}`
      const watch: Watch = {
        topic,
        handlers: handlers,
        receive(raw) {
          const { from, to, data } = raw as { from: number; to: number; data: unknown }
          const parsed = topicData[topic.kind].safeParse(data)
          // A patch the page cannot read is as good as a lost one.
          if (!parsed.success) handlers.onResync()
          else handlers.onPatch({ from, to, data: parsed.data as TopicData[typeof topic.kind] })
        },
      }
      watches.set(id, watch)
      if (socket.connected) subscribe(id, watch)
      return () => {
        watches.delete(id)
        if (socket.connected) socket.emit('unsubscribe', { id })
      }
    },
  }
}
