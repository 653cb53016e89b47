import { request, type Dispatcher } from 'undici'
import type { z } from 'zod'
import { problem } from '#contract/problem'
import { routes, type RouteName } from '#contract/routes'

type Routes = typeof routes
type Part<N extends RouteName, K extends string> =
  Routes[N] extends Record<K, infer S extends z.ZodType>
    ? Record<K, K extends 'body' ? z.input<S> : z.output<S>>
    : unknown
type Input<N extends RouteName> = Part<N, 'params'> & Part<N, 'body'>
type Output<N extends RouteName> = Routes[N] extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined

/** The gateway's REST API for programs: with an API token, or signed in as the person that `setUp` makes. */
export class RestClient {
  readonly #url: string
  readonly #apiToken: string | null
  #cookie: string | null = null
  #csrfToken: string | null = null

  constructor(url: string, apiToken: string | null = null) {
    this.#url = url.replace(/\/$/, '')
    this.#apiToken = apiToken
  }

  /** Calls a route of the contract; throws with the gateway's own account of what is wrong. */
  async call<N extends RouteName>(
    name: N,
    input: Input<N>,
    query: Record<string, string> = {},
  ): Promise<Output<N>> {
    const route = routes[name]
    const { params, body } = input as { params?: Record<string, unknown>; body?: unknown }
    const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params?.[key])))
    const answer = await request(`${this.#url}${path}?${new URLSearchParams(query)}`, {
      method: route.method as Dispatcher.HttpMethod,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.#apiToken === null ? {} : { authorization: `Bearer ${this.#apiToken}` }),
        ...(this.#cookie === null ? {} : { cookie: this.#cookie }),
        ...(this.#csrfToken === null ? {} : { 'x-csrf-token': this.#csrfToken }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 400) throw new Error(`${name}: ${complaint(answer.statusCode, text)}`)
    const cookies = [answer.headers['set-cookie'] ?? []].flat()
    if (cookies[0] !== undefined) this.#cookie = cookies[0].split(';')[0] ?? null
    const value: unknown = text === '' ? undefined : JSON.parse(text)
    return ('response' in route ? route.response.parse(value) : undefined) as Output<N>
  }

  /** Makes the first administrator with the token of the setup link, and is signed in from then on. */
  async setUp(token: string, person: { name: string; email: string; password: string }) {
    const me = await this.call('completeSetup', { body: { token, ...person } })
    this.#csrfToken = me.csrfToken
    return me
  }
}

function complaint(status: number, text: string): string {
  try {
    const parsed = problem.safeParse(JSON.parse(text))
    if (parsed.success) {
      const fields = parsed.data.errors?.map((error) => `${error.field} ${error.reason}`).join('; ')
      return [parsed.data.detail ?? parsed.data.title, fields].filter(Boolean).join(' - ')
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return `${status} ${text.slice(0, 200)}`
}
