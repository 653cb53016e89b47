import type { z } from 'zod'
import type { RouteName, routes } from '#contract/routes'
import { CONTRACT_HEADER } from '#contract/version'
import { readAnswer } from './answer'
import { ApiError } from './api-error'
import { createPart, preloadPart } from './part'
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
export type CallArgs<N extends RouteName> =
  object extends CallInput<N> ? [input?: CallInput<N>] : [input: CallInput<N>]

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

export { ApiError } from './api-error'

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
export async function received<T>(arriving: Promise<T>, message: string): Promise<T> {
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
const OTHER_VERSION =
  'The gateway answered in a way this version of the page does not understand. Load the page again.'

export type LooseInput = { params?: Loose; query?: Loose; body?: unknown; signal?: AbortSignal }

const writePart = createPart(() => import('./api-write'))
/** Ahead of the first write: what only writes need is no part of the first load. */
export const preloadWrites = () => preloadPart(writePart)

/** What `read` makes of the answer of a route that did not refuse. */
export async function request<T>(
  name: RouteName,
  input: LooseInput,
  accept: string,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { method, isPublic } = routeOf(name)
  const path = apiPath(name, input)
  const body = input.body === undefined ? null : JSON.stringify(input.body)
  const headers: Record<string, string> = { accept }
  if (body !== null) headers['content-type'] = 'application/json'
  const signal = input.signal ?? null
  const send = async () => {
    const asked = fetch(path, { method, headers, body, signal, credentials: 'same-origin' })
    const response = await received(asked, UNREACHABLE)
    if (response.ok) return read(response)
    const error = await readError(response)
    if (response.status === 401 && !isPublic) onSignedOut()
    throw error
  }
  if (method === 'GET') return send()
  const { write } = writePart.get() ?? (await writePart.load())
  if (csrfToken !== null) headers['x-csrf-token'] = csrfToken
  return write({ method, path, isPublic, headers, body }, send)
}

/**
 * Calls one route of the contract. Its answer is what the contract says: checked by the gateway, and here as well unless
 * both were built from the same contract (`answer.ts`).
 * @throws ApiError when refused, unreachable, cut off half-way, or answered with something else than the contract says.
 */
export async function callApi<N extends RouteName>(name: N, ...args: CallArgs<N>): Promise<CallOutput<N>> {
  return request(name, (args[0] ?? {}) as LooseInput, 'application/json', async (response) => {
    if (response.status === 204) return undefined as CallOutput<N>
    const text = await received(response.text(), CUT_OFF)
    try {
      return (await readAnswer(name, text, response.headers.get(CONTRACT_HEADER))) as CallOutput<N>
    } catch (error) {
      throw new ApiError(response.status, null, OTHER_VERSION, { cause: error })
    }
  })
}
