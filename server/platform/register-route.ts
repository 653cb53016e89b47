import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Permission, Route } from '#contract/route'
import { roleAllows, type Role } from '#contract/session'
import { fieldErrors } from './field-errors.ts'
import { Problem } from './problem.ts'

/** Who calls: a signed-in person or an API token. `csrfToken` is null for tokens, which no browser sends by itself. */
export type Caller = {
  name: string
  kind: 'user' | 'api-token'
  role: Role
  userId: number | null
  sessionId: string | null
  csrfToken: string | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the session module before any handler; null when nobody is signed in. */
    caller: Caller | null
  }
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined
export type RouteInput<R extends Route> = {
  params: Parsed<R['params']>
  query: Parsed<R['query']>
  body: Parsed<R['body']>
  /** Never null where the route's permission is not `public`. */
  caller: R['permission'] extends 'public' ? Caller | null : Caller
  request: FastifyRequest
  reply: FastifyReply
}
type Answer<R extends Route> = R['response'] extends z.ZodType ? z.input<R['response']> : unknown

/** Throws 401 without a session, 403 with too low a role or, for a session's write, without its CSRF token. */
export function authorise(
  permission: Permission,
  method: string,
  caller: Caller | null,
  csrfHeader: unknown,
): void {
  if (permission === 'public') return
  if (!caller) throw Problem.unauthorized()
  if (permission !== 'signed-in' && !roleAllows(caller.role, permission)) {
    throw Problem.forbidden(`This needs the role ${permission}; yours is ${caller.role}`)
  }
  if (method !== 'GET' && caller.csrfToken !== null && csrfHeader !== caller.csrfToken) {
    throw new Problem({
      status: 403,
      code: 'csrf',
      title: 'Not allowed',
      detail: 'The x-csrf-token header is missing or not of this session',
    })
  }
}

const UNSTORABLE = /\0|\p{Surrogate}/u

/** Path of the first text that no database can hold (NUL, half a surrogate pair), or null. */
function unstorableAt(value: unknown, path: string): string | null {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? path : null
  if (value === null || typeof value !== 'object') return null
  for (const [key, item] of Object.entries(value)) {
    const found = UNSTORABLE.test(key) ? path : unstorableAt(item, `${path}.${key}`)
    if (found !== null) return found
  }
  return null
}

function parse(root: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined
  const unstorable = unstorableAt(value, root)
  if (unstorable !== null) throw Problem.invalid(unstorable, 'holds a character that cannot be stored')
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = fieldErrors(root, parsed.error)
  const first = errors[0]
  throw new Problem({
    status: 400,
    code: 'invalid',
    title: 'The request is not valid',
    ...(first ? { detail: `${first.field}: ${first.reason}` } : {}),
    errors,
  })
}

/**
 * Serves one endpoint of the contract: its permission, the checks of params, query and body, and the answer stripped to
 * what the contract lists. The handler of a streamed route answers through `reply` itself.
 */
export function registerRoute<const R extends Route>(
  app: FastifyInstance,
  route: R,
  handler: (input: RouteInput<R>) => Promise<Answer<R>> | Answer<R>,
): void {
  app.route({
    method: route.method,
    url: route.path,
    config: { rateLimit: route.limit === undefined ? false : app.routeLimits[route.limit] },
    handler: async (request, reply) => {
      authorise(route.permission, route.method, request.caller, request.headers['x-csrf-token'])
      const input = {
        params: parse('params', route.params, request.params),
        query: parse('query', route.query, request.query),
        body: parse('body', route.body, request.body ?? {}),
        caller: request.caller,
        request,
        reply,
      } as RouteInput<R>
      const answer = await handler(input)
      if (route.stream !== undefined) return reply
      if (route.status === 204 || !route.response) return reply.code(route.status ?? 204).send()
      return reply.code(route.status ?? 200).send(route.response.parse(answer))
    },
  })
}
