import { onTestFinished, vi } from 'vitest'
import { routes, type RouteName } from '#contract/routes'

type Params = Record<string, string>
type Call = { params: Params; query: URLSearchParams; body: unknown; headers: Headers }
/** What a route answers: a JSON body, or a Response for anything else. */
type Answers = { [N in RouteName]?: (call: Call) => unknown }

const patterns = (Object.keys(routes) as RouteName[]).map((name) => ({
  name,
  method: routes[name].method,
  path: new RegExp(`^${routes[name].path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}))

/** A refusal as the gateway words it. */
export function refuse(status: number, title: string, errors: { field: string; reason: string }[] = []) {
  const body = { type: 'urn:wheelhouse:problem:test', title, status, code: 'test', errors }
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  })
}

/**
 * Answers the page's calls in place of a gateway until the test ends, by routes of the contract. A call nobody prepared
 * an answer for is refused with 501. Answers the list of calls made.
 */
export function fakeGateway(answers: Answers): { calls: (Call & { name: RouteName })[] } {
  const calls: (Call & { name: RouteName })[] = []
  vi.stubGlobal('fetch', async (input: string, init: RequestInit): Promise<Response> => {
    const url = new URL(input, location.origin)
    const route = patterns.find(({ method, path }) => method === init.method && path.test(url.pathname))
    const answer = route && answers[route.name]
    if (!route || !answer) return refuse(501, `The test prepared no answer to ${init.method ?? ''} ${input}`)
    const call: Call = {
      params: { ...route.path.exec(url.pathname)?.groups },
      query: url.searchParams,
      headers: new Headers(init.headers),
      body: typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined,
    }
    calls.push({ name: route.name, ...call })
    const body = await answer(call)
    if (body instanceof Response) return body
    return body === undefined ? new Response(null, { status: 204 }) : Response.json(body)
  })
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return { calls }
}
