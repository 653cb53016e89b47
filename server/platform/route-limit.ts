import type { RateLimitOptions } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

const MINUTE_MS = 60_000

export type RouteLimitSetting = false | RateLimitOptions

/** Who is counted: the person or token that calls, before a sign-in the address. */
function callerKey(request: FastifyRequest): string {
  const { caller } = request
  if (!caller) return `address:${request.ip}`
  return caller.userId === null ? `token:${caller.name}` : `user:${String(caller.userId)}`
}

/** So many calls a minute of one route by one caller; 0 sets no limit. Beyond it 429 with Retry-After. */
export function limitSetting(perMinute: number): RouteLimitSetting {
  if (perMinute === 0) return false
  return {
    max: perMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: callerKey,
    errorResponseBuilder: (_request, { max, ttl }) => {
      const seconds = Math.max(1, Math.ceil(ttl / 1000))
      return new Problem({
        status: 429,
        code: 'too-many-requests',
        title: 'Too many requests',
        detail: `This may be asked ${max} times a minute; try again in ${seconds} s`,
        retryAfterSeconds: seconds,
      })
    },
  }
}
