import type { z } from 'zod'
import type { Role } from './session.ts'

/** Who may call a route: anybody, anybody signed in, or at least a role. Every route must say. */
export type Permission = 'public' | 'signed-in' | Role

/**
 * Calls that cost much are counted by route and caller: `sign-in` where a password or link is checked, `heavy` where much
 * is read or something outside is called.
 */
export type RouteLimit = 'sign-in' | 'heavy'

export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify style: `/api/v1/fleets/:fleetId`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly permission: Permission
  /** How often one caller may call it; absent: as often as it likes. */
  readonly limit?: RouteLimit
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
