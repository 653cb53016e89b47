import { createClient } from '@redis/client'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from './logger.ts'

const CONNECT_WITHIN_MS = 5_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2_000
const pauseOf = (retries: number) => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(retries, 10))

const makeClient = (url: string) =>
  createClient({
    url,
    // The adapter reads answers of this version.
    RESP: 2,
    socket: { connectTimeout: CONNECT_WITHIN_MS, reconnectStrategy: pauseOf },
  })
type Client = ReturnType<typeof makeClient>

/**
 * What the adapter needs of a client. It lets go of most promises, and one that fails unheard would end the gateway: here
 * they are told of. Nothing is kept for a Redis that is away: what it would say late is fetched again anyway.
 */
class AdapterClient {
  readonly #client: Client
  readonly #all: Client[]
  readonly #onError: (error: unknown) => void

  constructor(client: Client, all: Client[], onError: (error: unknown) => void) {
    this.#client = client
    this.#all = all
    this.#onError = onError
    all.push(client)
  }

  duplicate(): AdapterClient {
    const client = this.#client.duplicate()
    client.on('error', this.#onError)
    return new AdapterClient(client, this.#all, this.#onError)
  }

  /** Its errors are told already. */
  on(): this {
    return this
  }

  /** Resolves when Redis is there; also when the gateway stops before. */
  async connect(): Promise<void> {
    await this.#client.connect().catch(this.#onError)
  }

  /** `close` of the whole link ends all clients. */
  disconnect(): void {
    return
  }

  async xAdd(...args: Parameters<Client['xAdd']>): Promise<string> {
    return this.#tell(() => this.#client.xAdd(...args), '')
  }

  /** The adapter asks again at once: after a failure it waits here. */
  async xRead(...args: Parameters<Client['xRead']>): Promise<unknown> {
    try {
      return await this.#client.xRead(...args)
    } catch (error) {
      this.#onError(error)
      await setTimeout(LONGEST_PAUSE_MS, undefined, { ref: false })
      return null
    }
  }

  async publish(...args: Parameters<Client['publish']>): Promise<number> {
    return this.#tell(() => this.#client.publish(...args), 0)
  }

  /** Made again by the client itself after a break. */
  async subscribe(channels: string[], listener: (message: Buffer) => void, isBuffer: true): Promise<void> {
    await this.#client.subscribe(channels, listener, isBuffer).catch(this.#onError)
  }

  /** By this the adapter knows which kind of client it is. */
  sSubscribe(): never {
    throw new Error('sharded channels are not used')
  }

  /** How many gateways there are. None is asked while Redis is away. */
  async sendCommand(command: readonly [string, string, string]): Promise<unknown> {
    return this.#tell<unknown>(() => this.#client.sendCommand([...command]), [command[2], 1])
  }

  async #tell<T>(send: () => Promise<T>, otherwise: T): Promise<T> {
    if (!this.#client.isReady) return otherwise
    try {
      return await send()
    } catch (error) {
      this.#onError(error)
      return otherwise
    }
  }
}

/**
 * The Redis that gateways of one store share: rooms of sockets span all of them, and what one says to all others is heard. A
 * gateway starts and goes on without it; `onBack`: it was away, and what others said meanwhile may have been missed.
 */
export function openRedis(url: string, { log, onBack }: { log: Logger; onBack: () => void }) {
  const clients: Client[] = []
  let isAway = false
  let isClosed = false
  const onError = (error: unknown) => {
    if (isAway || isClosed) return
    isAway = true
    log.warn({ err: error }, 'Redis is away; this gateway goes on by itself')
  }
  const client = makeClient(url)
  client.on('error', onError)
  client.on('ready', () => {
    if (!isAway) return
    isAway = false
    log.info('Redis is back')
    onBack()
  })
  const forAdapter = new AdapterClient(client, clients, onError)
  const adapter = createAdapter(forAdapter, { streamName: 'wheelhouse', channelPrefix: 'wheelhouse' })
  void forAdapter.connect()
  return {
    /** Of the socket.io server; it is closed before the link is. */
    adapter,
    get isUp(): boolean {
      return client.isReady
    },
    close(): void {
      isClosed = true
      for (const one of clients) if (one.isOpen) one.destroy()
    },
  }
}
export type RedisLink = ReturnType<typeof openRedis>
