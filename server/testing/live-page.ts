import { io, type Socket } from 'socket.io-client'
import {
  patch as patchSchema,
  subscribeReply,
  type ClientToServer,
  type Patch,
  type ServerToClient,
  type SubscribeReply,
  type Topic,
} from '#contract/events'

/** A browser page as the gateway sees it: one socket with the cookie of a session, and everything it was sent. */
export class LivePage {
  readonly socket: Socket<ServerToClient, ClientToServer>
  readonly patches: Patch[] = []
  readonly resyncs: string[] = []
  readonly goodbyes: string[] = []

  constructor(url: string, headers: Record<string, string>) {
    this.socket = io(url, {
      transports: ['websocket'],
      extraHeaders: headers,
      forceNew: true,
      reconnection: false,
      autoConnect: false,
    })
    this.socket.on('patch', (raw, taken) => {
      this.patches.push(patchSchema.parse(raw))
      taken?.()
    })
    this.socket.on('resync', ({ id }) => this.resyncs.push(id))
    this.socket.on('goodbye', ({ reason }) => this.goodbyes.push(reason))
  }

  /** Resolves when connected; rejects with the reason of the refusal. */
  connect(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', () => resolve(this))
      this.socket.once('connect_error', reject)
      this.socket.connect()
    })
  }

  async subscribe(
    id: string,
    topic: Topic | Record<string, unknown>,
    since: number | null = null,
  ): Promise<SubscribeReply> {
    const reply: unknown = await new Promise((resolve) =>
      this.socket.emit('subscribe', { id, topic: topic as Topic, since }, resolve),
    )
    return subscribeReply.parse(reply)
  }

  /** What the browser does not read piles up in the network, and then in the gateway. */
  stopReading = () => this.#connection('pause')
  readOn = () => this.#connection('resume')

  #connection(verb: 'pause' | 'resume'): void {
    const connection: unknown = Reflect.get(this.socket.io.engine.transport, 'ws')
    if (typeof connection !== 'object' || connection === null) throw new Error('the page has no websocket')
    const act: unknown = Reflect.get(connection, verb)
    if (typeof act !== 'function') throw new Error('this websocket cannot be paused')
    Reflect.apply(act, connection, [])
  }

  patchesOf = (id: string) => this.patches.filter((patch) => patch.id === id)

  close(): void {
    this.socket.disconnect()
  }
}
