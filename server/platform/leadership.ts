import type pg from 'pg'

/** Any number, the same for every gateway; other than the lock of migrations. */
const LEADER_LOCK = 7_406_113
const CHANNEL = 'wheelhouse_changes'
const RETRY_MS = 2_000
/** A connection that does not answer within this is given up: the lock may be somebody else's by then. */
const ANSWER_WITHIN_MS = 5_000

export type LeadershipDeps = {
  /** Opens a connection of its own, outside of the pool; null: no other gateway can share the store. */
  connect: (() => pg.Client) | null
  /** Now this gateway leads. */
  onGained: () => Promise<void>
  /** From here on it does not; another one may lead already. */
  onLost: () => void
  /** Another gateway, or this one, said something on the shared channel. */
  onNotice: (payload: string) => void
  /** What others said since the last notice may have been missed. */
  onGap: () => void
  onError: (error: Error) => void
}

/**
 * Whether this gateway is the one that leads: it holds a session-level advisory lock of PostgreSQL on a connection of its
 * own. The loss of the connection is the loss of leadership, at once; whoever gets the lock next leads. The same
 * connection hears what other gateways announce. With the embedded store this gateway always leads.
 *
 * Two may lead for a moment (the server has given a dead connection up, the gateway has not noticed): what a leader does
 * must be safe then, by locks on rows.
 */
export class Leadership {
  readonly #deps: LeadershipDeps
  #client: pg.Client | null = null
  #timer: NodeJS.Timeout | null = null
  /** Before the start nobody contends, and whoever asks may act. */
  #isLeading = true
  #isStopped = false
  #turn: Promise<void> = Promise.resolve()

  constructor(deps: LeadershipDeps) {
    this.#deps = deps
  }

  get isLeading(): boolean {
    return this.#isLeading
  }

  /** Contends from here on. Resolves after the first attempt, whatever came of it. */
  async start(): Promise<void> {
    if (this.#deps.connect === null) {
      await this.#deps.onGained()
      return
    }
    this.#isLeading = false
    await this.#contend()
  }

  /** Gives leadership up; another gateway takes it. */
  async stop(): Promise<void> {
    this.#isStopped = true
    if (this.#deps.connect !== null) this.#isLeading = false
    if (this.#timer) clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    await this.#turn
    // The lock ends with its session.
    await client?.end().catch(this.#deps.onError)
  }

  /** One turn: connects where there is no connection, asks for the lock, or sees that it is still held. */
  #contend(): Promise<void> {
    this.#turn = this.#attempt().finally(() => {
      if (!this.#isStopped) this.#timer = setTimeout(() => void this.#contend(), RETRY_MS)
    })
    return this.#turn
  }

  async #attempt(): Promise<void> {
    let client = this.#client
    try {
      client ??= await this.#open()
      if (this.#isLeading) {
        await client.query('select 1')
        return
      }
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
        LEADER_LOCK,
      ])
      if (rows[0]?.held !== true || this.#client !== client) return
      this.#isLeading = true
      await this.#deps.onGained()
    } catch (error) {
      if (error instanceof Error) this.#deps.onError(error)
      if (client) this.#lose(client)
    }
  }

  async #open(): Promise<pg.Client> {
    const client = this.#deps.connect?.()
    if (!client) throw new Error('the embedded store has no other connections')
    client.on('error', (error) => {
      if (!this.#isStopped) this.#deps.onError(error)
      this.#lose(client)
    })
    client.on('end', () => this.#lose(client))
    client.on('notification', ({ payload }) => {
      if (payload !== undefined && this.#client === client) this.#deps.onNotice(payload)
    })
    await client.connect()
    this.#client = client
    await client.query(`listen ${CHANNEL}`)
    this.#deps.onGap()
    return client
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = null
    void client.end().catch(() => undefined)
    if (!this.#isLeading) return
    this.#isLeading = false
    this.#deps.onLost()
  }
}

/** How a connection of its own is configured: it notices by itself that the server is gone. */
export const ownConnection = {
  application_name: 'wheelhouse leader',
  keepAlive: true,
  query_timeout: ANSWER_WITHIN_MS,
  connectionTimeoutMillis: ANSWER_WITHIN_MS,
} as const
export const CHANGES_CHANNEL = CHANNEL
