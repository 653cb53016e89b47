import { createHmac, randomUUID } from 'node:crypto'
import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import { KEY_HEADER } from '#contract/api-root'
import { idempotencyKey, KEY_HOURS, keyProblems, takesKey } from '#contract/idempotency'
import type { Route } from '#contract/route'
import type { Identity } from './authorise.ts'
import type { Schema } from './db/schema.ts'
import { Problem } from './problem.ts'
import { hashSecret } from './secrets.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type State = Schema['idempotency_key']['state']
type Row = Pick<Selectable<Schema['idempotency_key']>, 'request_mac' | 'state' | 'status' | 'answer' | 'at'>

const HOUR_MS = 3_600_000
/** Longer than a request takes: what is claimed for longer belongs to a gateway that ended before it answered. */
const ANSWERED_WITHIN_MS = 30_000
const ASK_AGAIN_AFTER_SECONDS = 1
const MAX_ANSWER_BYTES = 262_144

/** What a call answered: `text` is its JSON, null for an answer without content. */
export type KeptAnswer = { status: number; text: string | null }
type Deps = { db: Kysely<Schema>; now: () => Date; log: Pick<FastifyBaseLogger, 'warn'> }

/** Another request with the same key was first: whatever this one did is to be rolled back. */
class KeyTaken extends Error {
  constructor() {
    super('another request with this idempotency key was first')
  }
}

/** A refusal that would be the same next time. Who may do what, and how often, may be another thing by then. */
const isFinal = ({ status }: Problem) => status < 500 && ![401, 403, 408, 425, 429].includes(status)

/**
 * One try of a write that came with a key. `take` belongs into the transaction of its effect: the store then lets one try
 * commit, whichever gateway it is on, and a gateway that is killed leaves effect and key, or neither.
 */
export class KeyedWrite {
  readonly #deps: Deps
  readonly #attempt = randomUUID()
  readonly #owner: string
  readonly #keyHash: string
  readonly #mac: string
  readonly #answersSecret: boolean
  readonly #requestId: string

  constructor(
    deps: Deps,
    of: { owner: string; key: string; request: string; requestId: string; answersSecret: boolean },
  ) {
    this.#deps = deps
    this.#owner = of.owner
    this.#keyHash = hashSecret(of.key)
    this.#mac = createHmac('sha256', of.key).update(of.request).digest('base64url')
    this.#answersSecret = of.answersSecret
    this.#requestId = of.requestId
  }

  /**
   * What the write with this key answered before; null when there was none. Throws 422 when that was another request, and
   * 409 when its answer is not there yet or not any more.
   */
  async before(): Promise<KeptAnswer | null> {
    const row = await this.#deps.db
      .selectFrom('idempotency_key')
      .select(['request_mac', 'state', 'status', 'answer', 'at'])
      .where('owner', '=', this.#owner)
      .where('key_hash', '=', this.#keyHash)
      .executeTakeFirst()
    return row === undefined ? null : this.#answerOf(row)
  }

  /** Takes the key in the transaction of the effect; a second time it does nothing. Waits for others that took it. */
  take = async (db: Db): Promise<void> => {
    if (!(await this.#put(db, 'claimed', null))) throw new KeyTaken()
  }

  /**
   * Runs the write and keeps what it answers or refuses; `isRepeated`: another try was first, and it is that one's answer.
   * Throws what `run` throws, and what `before` throws.
   */
  async once(run: () => Promise<KeptAnswer>): Promise<KeptAnswer & { isRepeated: boolean }> {
    try {
      const answer = await run()
      if (await this.#keep(answer)) return { ...answer, isRepeated: false }
    } catch (error) {
      if (!(error instanceof KeyTaken)) {
        const isOwn = await this.#keepFailure(error)
        if (isOwn) throw error
      }
    }
    const first = await this.before()
    // It was rolled back while this one waited for it: nothing was done, and the next try will.
    if (first === null) throw inUse()
    return { ...first, isRepeated: true }
  }

  /** False when the key is another try's. An answer that cannot be kept is still the answer: its effect is stored. */
  async #keep(answer: KeptAnswer): Promise<boolean> {
    const { db, log } = this.#deps
    try {
      if (this.#answersSecret) return await this.#put(db, 'withheld', null)
      const isTooLarge = answer.text !== null && Buffer.byteLength(answer.text) > MAX_ANSWER_BYTES
      return await this.#put(db, isTooLarge ? 'lost' : 'kept', isTooLarge ? null : answer)
    } catch (error) {
      log.warn({ err: error }, 'the answer to a write with an idempotency key could not be kept')
      return true
    }
  }

  /** False when the key is another try's. What failed is kept only where the effect was stored before it failed. */
  async #keepFailure(error: unknown): Promise<boolean> {
    const { db, log } = this.#deps
    try {
      if (error instanceof Problem && isFinal(error))
        return await this.#put(db, 'kept', {
          status: error.status,
          text: JSON.stringify(error.toBody(this.#requestId)),
        })
      await db
        .updateTable('idempotency_key')
        .set({ state: 'lost' })
        .where('owner', '=', this.#owner)
        .where('key_hash', '=', this.#keyHash)
        .where('attempt', '=', this.#attempt)
        .execute()
    } catch (failure) {
      log.warn({ err: failure }, 'a failed write with an idempotency key could not be noted')
    }
    return true
  }

  /** Puts the row in, or changes the own one; false when it is another try's. Waits for a transaction that has put it in. */
  async #put(db: Db, state: State, answer: KeptAnswer | null): Promise<boolean> {
    const { rows } = await sql`
      insert into idempotency_key (owner, key_hash, request_mac, attempt, state, status, answer, at)
      values (${this.#owner}, ${this.#keyHash}, ${this.#mac}, ${this.#attempt}, ${state}, ${answer?.status ?? null},
        ${answer?.text ?? null}, ${this.#deps.now()})
      on conflict (owner, key_hash) do update set state = excluded.state, status = excluded.status, answer = excluded.answer
      where idempotency_key.attempt = excluded.attempt
      returning attempt`.execute(db)
    return rows.length > 0
  }

  #answerOf(row: Row): KeptAnswer {
    if (row.request_mac !== this.#mac)
      throw new Problem({
        status: 422,
        code: keyProblems.otherRequest,
        title: 'Another request had this key',
        detail: `${KEY_HEADER} names another request; each needs a key of its own`,
        errors: [{ field: `headers.${KEY_HEADER}`, reason: 'was used for another request' }],
      })
    if (row.state === 'withheld')
      throw Problem.conflict(
        keyProblems.shownOnce,
        'This was done already. The secret that it answered is shown once and kept nowhere; make a new one if it was lost',
      )
    const isFresh = this.#deps.now().getTime() - row.at.getTime() < ANSWERED_WITHIN_MS
    if (row.state === 'claimed' && isFresh) throw inUse()
    if (row.state !== 'kept' || row.status === null)
      throw Problem.conflict(
        keyProblems.answerGone,
        'This was done already, but what was answered then is not known any more; look at it as it is now',
      )
    return { status: row.status, text: row.answer }
  }
}

const inUse = () =>
  new Problem({
    status: 409,
    code: keyProblems.inUse,
    title: 'Not answered yet',
    detail: 'The first request with this key is still being carried out; ask again shortly',
    retryAfterSeconds: ASK_AGAIN_AFTER_SECONDS,
  })

/** Keys that writes are sent with, so that one sent again has its effect once; of every gateway on this store. */
export class IdempotencyKeys {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The write with its key; null where the route takes none or the request has none. Throws 400 for what is no key. */
  open(route: Route, request: FastifyRequest, caller: Identity): KeyedWrite | null {
    const given = request.headers[KEY_HEADER]
    if (given === undefined || !takesKey(route)) return null
    const key = idempotencyKey.safeParse(given)
    if (!key.success)
      throw Problem.invalid(`headers.${KEY_HEADER}`, key.error.issues[0]?.message ?? 'is no key')
    return new KeyedWrite(this.#deps, {
      owner: caller.userId === null ? `token:${String(caller.tokenId)}` : `user:${String(caller.userId)}`,
      key: key.data,
      requestId: request.id,
      request: `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`,
      answersSecret: route.answersSecret === true,
    })
  }

  /** Job: forgets keys that are too old. */
  async prune(): Promise<void> {
    const before = new Date(this.#deps.now().getTime() - KEY_HOURS * HOUR_MS)
    await this.#deps.db.deleteFrom('idempotency_key').where('at', '<', before).execute()
  }
}
