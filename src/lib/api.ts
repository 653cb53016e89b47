import type { z } from 'zod'
import type { FieldError, ProblemDetails } from '#contract/problem'
import type { RouteName, routes } from '#contract/routes'
import { CONTRACT_HEADER } from '#contract/version'
import { readAnswer } from './answer'
import { isProblem } from './problem-check'
import { queryText } from './query-text'
import { routeOf } from './route-table'

type Routes = typeof routes
/** What is read leniently from a URL (lists, numbers) has the input type `unknown`: then the output type is asked for. */
type Precise<I, O> = { [K in keyof I as unknown extends I[K] ? never : K]: I[K] } & {
  [K in keyof I as unknown extends I[K] ? K : never]?: K extends keyof O ? O[K] : never
}
type InputOf<R, K extends 'params' | 'query' | 'body'> =
  R extends Record<K, infer S extends z.ZodType>
    ? K extends 'body'
      ? z.input<S>
      : Precise<z.input<S>, z.output<S>>
    : undefined
type Part<R, K extends 'params' | 'query' | 'body'> =
  InputOf<R, K> extends undefined
    ? { [P in K]?: never }
    : object extends InputOf<R, K>
      ? { [P in K]?: InputOf<R, K> }
      : { [P in K]: InputOf<R, K> }
export type CallInput<N extends RouteName> = Part<Routes[N], 'params'> &
  Part<Routes[N], 'query'> &
  Part<Routes[N], 'body'> & { signal?: AbortSignal }
export type CallOutput<N extends RouteName> = Routes[N] extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined
type CallArgs<N extends RouteName> =
  object extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>]

/**
 * A refused or failed call. `status` is 0 when the gateway could not be reached at all.
 * `problem` is the gateway's own account (RFC 9457) with the refused fields.
 */
export class ApiError extends Error {
  readonly status: number
  readonly problem: ProblemDetails | null

  constructor(status: number, details: ProblemDetails | null, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
    this.problem = details
  }

  /** The fields that were refused, with `body.` and the like taken off. */
  get fields(): FieldError[] {
    return (this.problem?.errors ?? []).map(({ field, reason }) => ({
      field: field.replace(/^(body|query|params)\./, ''),
      reason,
    }))
  }
}

let csrfToken: string | null = null
/** Every write carries this token; it comes with the answer that says who is signed in. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token
}

let onSignedOut: () => void = () => undefined
/** Called when the gateway says the session is over (401 on anything but a sign-in). */
export function setSignedOutHandler(handler: () => void): void {
  onSignedOut = handler
}

type Loose = Readonly<Record<string, unknown>>

/** The address of a route, relative to this origin, e.g. for a download link. */
export function apiPath<N extends RouteName>(name: N, input?: { params?: Loose; query?: Loose }): string {
  const path = routeOf(name).path.replace(/:(\w+)/g, (_match, key: string) =>
    encodeURIComponent(queryText(input?.params?.[key])),
  )
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input?.query ?? {})) {
    const text = queryText(value)
    if (text !== '') query.set(key, text)
  }
  const search = query.toString()
  return search === '' ? path : `${path}?${search}`
}

/** What came over the connection; says so in `message` when it broke, but not when the call was given up. */
async function received<T>(arriving: Promise<T>, message: string): Promise<T> {
  try {
    return await arriving
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, null, message, { cause: error })
  }
}

async function readError(response: Response): Promise<ApiError> {
  const details: unknown = await response.json().catch(() => null)
  if (!isProblem(details)) {
    return new ApiError(response.status, null, `The gateway answered ${response.status} without saying why.`)
  }
  const fields = (details.errors ?? []).map(({ field, reason }) => `${field}: ${reason}`)
  const text = [details.title, details.detail ?? fields.join('; ')].filter((part) => part !== '').join(': ')
  return new ApiError(response.status, details, text)
}

const UNREACHABLE = 'The gateway cannot be reached. Check the network; the page keeps trying.'
const CUT_OFF = 'The connection broke before the whole answer was there.'
const FILE_CUT_OFF = 'The connection broke before the whole file was there; try again.'
const OTHER_VERSION =
  'The gateway answered in a way this version of the page does not understand. Load the page again.'

type LooseInput = { params?: Loose; query?: Loose; body?: unknown; signal?: AbortSignal }

/** The answer of a route that did not refuse. */
async function request(name: RouteName, input: LooseInput, accept: string): Promise<Response> {
  const { method, isPublic } = routeOf(name)
  const headers: Record<string, string> = { accept }
  const isWrite = method !== 'GET'
  if (isWrite && csrfToken !== null) headers['x-csrf-token'] = csrfToken
  if (input.body !== undefined) headers['content-type'] = 'application/json'
  const asked = fetch(apiPath(name, input), {
    method,
    headers,
    body: input.body === undefined ? null : JSON.stringify(input.body),
    signal: input.signal ?? null,
    credentials: 'same-origin',
  })
  const response = await received(asked, UNREACHABLE)
  if (!response.ok) {
    const error = await readError(response)
    if (response.status === 401 && !isPublic) onSignedOut()
    throw error
  }
  return response
}

/**
 * Calls one route of the contract. Its answer is what the contract says: checked by the gateway, and here as well unless
 * both were built from the same contract (`answer.ts`).
 * @throws ApiError when refused, unreachable, cut off half-way, or answered with something else than the contract says.
 */
export async function callApi<N extends RouteName>(name: N, ...args: CallArgs<N>): Promise<CallOutput<N>> {
  const response = await request(name, (args[0] ?? {}) as LooseInput, 'application/json')
  if (response.status === 204) return undefined as CallOutput<N>
  const text = await received(response.text(), CUT_OFF)
  try {
    return (await readAnswer(name, text, response.headers.get(CONTRACT_HEADER))) as CallOutput<N>
  } catch (error) {
    throw new ApiError(response.status, null, OTHER_VERSION, { cause: error })
  }
}

/** A file that a route answered with; `name` as the gateway calls it, null when it does not say. */
export type ApiFile = { content: Blob; name: string | null }

/**
 * Calls a route that answers with a file and waits for the whole of it, so that a failure can be told: for files that fit
 * into memory; a link (`apiPath`) is for those that may not.
 * @throws ApiError when refused, unreachable, or cut off half-way.
 */
export async function fetchFile<N extends RouteName>(name: N, ...args: CallArgs<N>): Promise<ApiFile> {
  const response = await request(name, (args[0] ?? {}) as LooseInput, '*/*')
  const disposition = response.headers.get('content-disposition') ?? ''
  const content = await received(response.blob(), FILE_CUT_OFF)
  return { content, name: /filename="([^"]+)"/.exec(disposition)?.[1] ?? null }
}
