import type { z } from 'zod'
import type { Role } from './session.ts'

/** Who may call a route: anybody, anybody signed in, or at least a role. Every route must say. */
export type Permission = 'public' | 'signed-in' | Role

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify style: `/api/v1/fleets/:fleetId`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly permission: Permission
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Status of success; 200 unless said. */
  readonly status?: 200 | 201 | 202 | 204
  /** Absent for streams. */
  readonly response?: z.ZodType
  /** Media type of a streamed answer. */
  readonly stream?: string
}

/** Keeps a table of routes precisely typed while checking each against `Route`. */
export const defineRoutes = <const T extends Record<string, Route>>(routes: T): T => routes
