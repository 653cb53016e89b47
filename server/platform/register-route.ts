import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { REPLAYED_HEADER } from '#contract/idempotency'
import type { FleetScope } from '#contract/role'
import type { Route } from '#contract/route'
import './abilities.ts'
import { admit, authorise, type Caller, type Identity } from './authorise.ts'
import { fieldErrors } from './field-errors.ts'
import type { IdempotencyKeys, KeptAnswer } from './idempotency.ts'
import { Problem } from './problem.ts'
import type { FleetsOf } from './resource-fleets.ts'

export type { Caller, Identity } from './authorise.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the session module before any handler; null when nobody is signed in. */
    caller: Identity | null
  }
  interface FastifyInstance {
    /** Where what a call names stands. */
    fleetsOf: FleetsOf
    /** Keys that writes come with. */
    idempotencyKeys: IdempotencyKeys
  }
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined
export type RouteInput<R extends Route> = {
  params: Parsed<R['params']>
  query: Parsed<R['query']>
  body: Parsed<R['body']>
  /** Never null where the route's permission is not `public`. */
  caller: R['permission'] extends 'public' ? Caller | null : Caller
  /** The fleets in which the caller holds the route's role: nothing of others may be told or touched. */
  within: FleetScope
  request: FastifyRequest
  reply: FastifyReply
}
type Answer<R extends Route> = R['response'] extends z.ZodType ? z.input<R['response']> : unknown

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

/** Sends what a write answered, now or before. */
function sendKept(reply: FastifyReply, { status, text }: KeptAnswer, isRepeated: boolean): FastifyReply {
  if (isRepeated) reply.header(REPLAYED_HEADER, 'true')
  reply.code(status)
  if (text === null) return reply.send()
  return reply.type(status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json').send(text)
}

/**
 * Serves one endpoint of the contract: its permission and where it is held, what it needs of the source of the fleets, the checks
 * of params, query and body, and the answer stripped to what the contract lists. The handler of a streamed route, or of one that leads elsewhere, answers
 * through `reply` itself. A write that comes with a key (`idempotency.ts`) is answered as before when it is a repeat.
 */
export function registerRoute<const R extends Route>(
  app: FastifyInstance,
  route: R,
  handler: (input: RouteInput<R>) => Promise<Answer<R>> | Answer<R>,
): void {
  const isEmpty = route.status === 204 || !route.response
  const status = route.status ?? (isEmpty ? 204 : 200)
  app.route({
    method: route.method,
    url: route.path,
    config: { rateLimit: route.limit === undefined ? false : app.routeLimits[route.limit] },
    handler: async (request, reply) => {
      const keyed = request.caller && app.idempotencyKeys.open(route, request, request.caller)
      const before = keyed && (await keyed.before())
      // It may have taken the right to ask for it with it, as the end of a fleet does; nothing is told by this answer.
      if (before?.text === null) return sendKept(reply, before, true)
      authorise(route, request.caller, request.headers['x-csrf-token'])
      const named = {
        params: parse('params', route.params, request.params),
        query: parse('query', route.query, request.query),
      }
      const admitted = request.caller
        ? await admit(route, request.caller, named, app.fleetsOf)
        : { caller: null, within: [] }
      if (before) return sendKept(reply, before, true)
      if (route.needs !== undefined) app.abilities.require(route.needs)
      const body = parse('body', route.body, request.body ?? {})
      const caller = admitted.caller && { ...admitted.caller, claim: keyed ?? undefined }
      const run = async () =>
        handler({ ...named, body, caller, within: admitted.within, request, reply } as RouteInput<R>)
      if (route.stream !== undefined || route.status === 303) {
        await run()
        return reply
      }
      const answer = async () => {
        const answered = await run()
        return isEmpty ? null : route.response.parse(answered)
      }
      if (keyed) {
        const kept = await keyed.once(async () => {
          const answered = await answer()
          return { status, text: answered === null ? null : JSON.stringify(answered) }
        })
        return sendKept(reply, kept, kept.isRepeated)
      }
      const answered = await answer()
      return answered === null ? reply.code(status).send() : reply.code(status).send(answered)
    },
  })
}
