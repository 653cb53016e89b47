import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { z } from 'zod'
import { problem, type ProblemDetails } from '#contract/problem'
import type { Route } from '#contract/route'
import { routes, type RouteName } from '#contract/routes'
import type { TestApp } from './test-app.ts'

type Routes = typeof routes
type In<N extends RouteName, P extends string> =
  Routes[N] extends Record<P, infer S extends z.ZodType> ? z.input<S> : never
type Out<N extends RouteName> = Routes[N] extends { response: infer S extends z.ZodType } ? z.output<S> : null
type Part<N extends RouteName, P extends string> = [In<N, P>] extends [never]
  ? object
  : { [K in P]?: K extends 'query' ? Partial<In<N, P>> : In<N, P> }
export type CallInput<N extends RouteName> = Part<N, 'params'> & Part<N, 'query'> & Part<N, 'body'>
type Loose = { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: object | undefined }

const asText = (value: unknown) => (Array.isArray(value) ? value.join(',') : String(value))

/** The address of a route with its parameters filled in. */
export function urlOf(name: RouteName, input: Loose = {}): string {
  const path = routes[name].path.replace(/:(\w+)/g, (_all, key: string) =>
    encodeURIComponent(asText(input.params?.[key])),
  )
  const query = Object.entries(input.query ?? {}).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(query.map(([key, value]) => [key, asText(value)])).toString()
  return search === '' ? path : `${path}?${search}`
}

/** Calls routes of the contract on the gateway under test, as one caller, and checks what comes back against it. */
export class TestClient {
  readonly app: TestApp
  readonly headers: Record<string, string>

  constructor(app: TestApp, headers: Record<string, string>) {
    this.app = app
    this.headers = headers
  }

  send<N extends RouteName>(name: N, input?: CallInput<N>): Promise<LightMyRequestResponse> {
    const given = (input ?? {}) as Loose
    return this.app.app.inject({
      method: routes[name].method,
      url: urlOf(name, given),
      headers: this.headers,
      ...(given.body === undefined ? {} : { payload: given.body }),
    })
  }

  /** The answer of a call that must succeed: its status and body are what the contract says. */
  async ok<N extends RouteName>(name: N, input?: CallInput<N>): Promise<Out<N>> {
    const answer = await this.send(name, input)
    const route: Route = routes[name]
    const success = route.status ?? (route.response || route.stream ? 200 : 204)
    expect(answer.statusCode, `${name}: ${answer.body}`).toBe(success)
    return (route.response ? route.response.parse(answer.json()) : null) as Out<N>
  }

  /** The problem of a call that must be refused with this status. */
  async refused<N extends RouteName>(name: N, status: number, input?: CallInput<N>): Promise<ProblemDetails> {
    const answer = await this.send(name, input)
    expect(answer.statusCode, `${name}: ${answer.body}`).toBe(status)
    return problemOf(answer)
  }
}

/** The problem details of a refusal, in the one shape all of HTTP uses. */
export function problemOf(answer: LightMyRequestResponse): ProblemDetails {
  expect(answer.headers['content-type']).toContain('application/problem+json')
  const parsed = problem.strict().parse(answer.json())
  expect(parsed.status).toBe(answer.statusCode)
  expect(parsed.requestId).toBeTruthy()
  return parsed
}
