import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import { z } from 'zod'
import type { Change, DeviceAspect } from './changes.ts'
import type { Schema } from './db/schema.ts'
import { CHANGES_CHANNEL } from './leadership.ts'

const FLUSH_MS = 50
/** A notice may hold 8000 bytes; one device takes about 110. */
const PER_NOTICE = 50
const IDS_PER_CHANGE = 500

const aspects = [
  'connectivity',
  'report',
  'metrics',
  'health',
  'target',
  'facts',
  'identity',
  'event',
  'key',
] as const satisfies readonly DeviceAspect[]
const id = z.int()
const travelling = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('device'),
    deviceId: id,
    uuid: z.string(),
    fleetId: id,
    aspects: z.array(z.enum(aspects)),
  }),
  z.object({ kind: z.literal('device-removed'), deviceId: id, uuid: z.string(), fleetId: id }),
  z.object({ kind: z.literal('fleet'), fleetId: id }),
  z.object({ kind: z.literal('fleet-removed'), fleetId: id }),
  z.object({ kind: z.literal('release'), fleetId: id, releaseId: id }),
  z.object({ kind: z.literal('rollout'), rolloutId: id, fleetId: id, deviceIds: z.array(id) }),
  z.object({ kind: z.literal('action-batch'), batchId: id }),
  z.object({ kind: z.literal('session-ended'), sessionId: z.string() }),
  z.object({ kind: z.literal('rights'), userId: id }),
])
type Travelling = z.infer<typeof travelling>
const notice = z.object({ from: z.string(), changes: z.array(z.unknown()) })

/** What other gateways must hear of; log lines stay where they came in. */
function* toTravel(changes: readonly Change[]): Generator<Travelling> {
  for (const change of changes) {
    if (change.kind === 'device') yield { ...change, aspects: [...change.aspects] }
    else if (change.kind === 'rollout') {
      for (let at = 0; at === 0 || at < change.deviceIds.length; at += IDS_PER_CHANGE)
        yield { ...change, deviceIds: change.deviceIds.slice(at, at + IDS_PER_CHANGE) }
    } else {
      const known = travelling.safeParse(change)
      if (known.success) yield known.data
    }
  }
}

/**
 * Carries changes from gateway to gateway over PostgreSQL's notices, gathered for 50 ms. A gateway that dies within that
 * time takes its last changes along, so nobody may rely on hearing of every change.
 */
export class ChangeFeed {
  readonly #db: Kysely<Schema>
  readonly #self = randomUUID()
  /** What its own notices begin with. */
  readonly #head = JSON.stringify({ from: this.#self }).slice(0, -1)
  readonly #onError: (error: unknown) => void
  #waiting: Travelling[] = []
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> = Promise.resolve()

  constructor(db: Kysely<Schema>, onError: (error: unknown) => void) {
    this.#db = db
    this.#onError = onError
  }

  /** Tells the other gateways. */
  send(changes: readonly Change[]): void {
    for (const change of toTravel(changes)) this.#waiting.push(change)
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS)
  }

  /** What another gateway told; null where it was this one. Throws a ZodError when it is no notice of a gateway. */
  read(payload: string): Change[] | null {
    // Most are: not worth reading.
    if (payload.startsWith(this.#head)) return null
    const { from, changes } = notice.parse(JSON.parse(payload))
    if (from === this.#self) return null
    // A newer gateway may tell of things that this one does not know.
    return changes.flatMap((change): Change[] => {
      const { data } = travelling.safeParse(change)
      if (!data) return []
      return [data.kind === 'device' ? { ...data, aspects: new Set(data.aspects) } : data]
    })
  }

  /** Sends what is gathered; resolves when it has left. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const changes = this.#waiting
    this.#waiting = []
    this.#sending = this.#sending.then(() => this.#notify(changes)).catch(this.#onError)
    return this.#sending
  }

  async #notify(changes: readonly Travelling[]): Promise<void> {
    const payloads = inParts(changes).map((part) => JSON.stringify({ from: this.#self, changes: part }))
    if (payloads.length === 0) return
    await sql`select pg_notify(${CHANGES_CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`.execute(
      this.#db,
    )
  }
}

/** Parts that fit a notice: a change of many devices travels alone. */
function inParts(changes: readonly Travelling[]): Travelling[][] {
  const parts: Travelling[][] = []
  let size = PER_NOTICE
  for (const change of changes) {
    const own = change.kind === 'rollout' ? 1 + Math.ceil(change.deviceIds.length / 10) : 1
    if (size + own > PER_NOTICE) {
      parts.push([])
      size = 0
    }
    parts.at(-1)?.push(change)
    size += own
  }
  return parts
}
