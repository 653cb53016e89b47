import type { z } from 'zod'
import { SourceFailure } from '../source-failure.ts'
import { failureOfConnection, failureOfStatus, retryAfterOf } from './balena-failure.rules.ts'
import type { RequestBudget } from './request-budget.ts'

const ANSWER_WITHIN_MS = 30_000
/**
 * A lone 401 is not a revoked token: open-balena-api 49.0.12 answers it too when its database pool is used up. So often it is
 * asked again.
 */
const TRIES_AFTER_401 = 2

export type BalenaClientDeps = {
  url: URL
  token: string
  budget: RequestBudget
  fetch: typeof globalThis.fetch
  nowMs: () => number
  /** Ends what is under way when the gateway stops. */
  signal: AbortSignal
}

type Call = { method: 'GET' | 'POST' | 'PATCH'; path: string; body?: unknown; signal?: AbortSignal }

/** Calls the API of a balena backend within its budget; every failure is a `SourceFailure`. */
export class BalenaClient {
  readonly #deps: BalenaClientDeps

  constructor(deps: BalenaClientDeps) {
    this.#deps = deps
  }

  get host(): string {
    return this.#deps.url.host
  }

  /** JSON of a GET, checked by its schema. `path` begins with a slash; spaces and the like are encoded here. */
  async get<S extends z.ZodType>(schema: S, path: string): Promise<z.output<S>> {
    const response = await this.#call({ method: 'GET', path })
    const asked = shortOf(path)
    const text = await this.#read(response)
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      throw new SourceFailure(
        'address',
        `${this.host} answers ${asked} with something that is not JSON: this is not an openBalena API. Check BALENA_API_URL.`,
      )
    }
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    throw new SourceFailure(
      'unexpected',
      `${this.host} answers ${asked} otherwise than expected: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    )
  }

  async patch(path: string, body: unknown): Promise<void> {
    await this.#read(await this.#call({ method: 'PATCH', path, body }))
  }

  async post(path: string, body: unknown): Promise<string> {
    return this.#read(await this.#call({ method: 'POST', path, body }))
  }

  /** The body of a GET as it comes, until `signal` is aborted. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#call({ method: 'GET', path, signal })
    if (!response.body) throw new SourceFailure('unexpected', `${this.host} opens no stream for ${path}`)
    return response.body
  }

  async #read(response: Response): Promise<string> {
    try {
      return await response.text()
    } catch (error) {
      throw failureOfConnection(error, this.host)
    }
  }

  async #call(call: Call, triesLeft = TRIES_AFTER_401): Promise<Response> {
    const { budget } = this.#deps
    await budget.turn(call.signal ? AbortSignal.any([this.#deps.signal, call.signal]) : this.#deps.signal)
    const response = await this.#send(call)
    if (response.ok) {
      budget.succeeded()
      return response
    }
    const text = await response.text().catch(() => '')
    const retryAfterMs = retryAfterOf(response.headers.get('retry-after'), this.#deps.nowMs())
    const failure = failureOfStatus(response.status, {
      host: this.host,
      asked: shortOf(call.path),
      isChange: call.method !== 'GET',
      text,
      retryAfterMs,
    })
    if (response.status === 401 && triesLeft > 0) {
      budget.failed(null)
      return this.#call(call, triesLeft - 1)
    }
    if (failure.code === 'busy' || failure.code === 'token') budget.failed(retryAfterMs)
    throw failure
  }

  async #send({ method, path, body, signal }: Call): Promise<Response> {
    const { url, token, fetch } = this.#deps
    // A stream has no end of its own; only its head must come in time.
    const head = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const until = [this.#deps.signal, ...(signal ? [signal] : [head])]
    try {
      return await fetch(new URL(encodeURI(path), url), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirect would carry the token elsewhere.
        redirect: 'manual',
        signal: AbortSignal.any(until),
      })
    } catch (error) {
      if (this.#deps.signal.aborted || signal?.aborted) throw error
      this.#deps.budget.failed(null)
      throw failureOfConnection(error, this.host)
    }
  }
}

/** What was called, without what was asked of it. */
const shortOf = (path: string) => path.split('?')[0] ?? path
