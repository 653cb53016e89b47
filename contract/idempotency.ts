import { z } from 'zod'
import { KEY_IN_USE } from './api-root.ts'
import type { Route } from './route.ts'

/**
 * What a caller sends in `idempotency-key` with a write (draft-ietf-httpapi-idempotency-key-header), made anew for each
 * thing it intends: sent again with the same key, the write has its effect once and is answered as before.
 */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{16,64}$/, 'must be 16 to 64 printable characters without spaces, such as a UUID')

/** `true` in an answer that was given before, to the same write with the same key. */
export const REPLAYED_HEADER = 'idempotency-replayed'

/** For how long a key is known after its write, in hours; then it names something new. */
export const KEY_HOURS = 24

/**
 * Whether a route takes a key: every write of somebody known but those that answer with a stream, which change nothing.
 * Signing in has nobody whose key it could be, and a repeat of it does no harm.
 */
export const takesKey = (route: Route): boolean =>
  route.method !== 'GET' && route.permission !== 'public' && route.stream === undefined

/** Codes of what a key is refused with, for programs. */
export const keyProblems = {
  /** 422: another request had this key. */
  otherRequest: 'idempotency-key-reused',
  inUse: KEY_IN_USE,
  /** 409: it was carried out, and what it answered is not known any more. */
  answerGone: 'idempotency-answer-gone',
  /** 409: it was carried out, and its answer holds a secret that is shown once. */
  shownOnce: 'idempotency-secret-shown',
} as const
