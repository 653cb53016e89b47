import type { z } from 'zod'
import type { Role } from './session.ts'
import type { SourceAbility } from './source.ts'

/**
 * Calls that cost much are counted by route and caller: `sign-in` where a password or link is checked, `heavy` where much
 * is read or something outside is called.
 */
export type RouteLimit = 'sign-in' | 'heavy'

/** What stands in fleets, so that a role in its fleet is what counts. */
export const resourceKinds = [
  'fleet',
  'device',
  'release',
  'rollout',
  'action',
  'action-batch',
  'log-line',
] as const
export type ResourceKind = (typeof resourceKinds)[number]
/** Where a call names what it is about: `params.uuid`, `query.from`. */
export type ResourceRef = { readonly of: ResourceKind; readonly at: `${'params' | 'query'}.${string}` }

/**
 * Where the role must be held. A resource: in its fleet; to whoever holds none there it does not exist. `fleets`: in at
 * least one fleet, and the answer is of those alone. `organisation`: in every fleet, for what belongs to none.
 */
export type RouteScope = 'organisation' | 'fleets' | readonly ResourceRef[]

export const inFleet = [{ of: 'fleet', at: 'params.fleetId' }] as const satisfies RouteScope
export const ofDevice = [{ of: 'device', at: 'params.uuid' }] as const satisfies RouteScope
export const ofRelease = [{ of: 'release', at: 'params.releaseId' }] as const satisfies RouteScope
export const ofRollout = [{ of: 'rollout', at: 'params.rolloutId' }] as const satisfies RouteScope
export const ofAction = [{ of: 'action', at: 'params.actionId' }] as const satisfies RouteScope
export const ofActionBatch = [{ of: 'action-batch', at: 'params.batchId' }] as const satisfies RouteScope
export const ofLogLine = [{ of: 'log-line', at: 'params.lineId' }] as const satisfies RouteScope

/**
 * Every route says who may call it: anybody, anybody signed in, or at least a role, and then where that must be held.
 */
export type Route = RouteShape &
  (
    | { readonly permission: 'public' | 'signed-in'; readonly scope?: never }
    | { readonly permission: Role; readonly scope: RouteScope }
  )

type RouteShape = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Fastify style: `/api/v1/fleets/:fleetId`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  /** How often one caller may call it; absent: as often as it likes. */
  readonly limit?: RouteLimit
  /**
   * What the source of the fleets must be able to do; refused with 409 `source-cannot` where it is missing. Routes that need one or
   * another, as their body says, ask by themselves.
   */
  readonly needs?: SourceAbility
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Status of success; 200 unless said. 303: the answer leads a browser elsewhere. */
  readonly status?: 200 | 201 | 202 | 204 | 303
  /** Absent for streams. */
  readonly response?: z.ZodType
  /** Media type of a streamed answer. */
  readonly stream?: string
  /** The answer holds a secret that is shown once: it is stored nowhere, not even to be repeated (`idempotency.ts`). */
  readonly answersSecret?: true
}

/** Keeps a table of routes precisely typed while checking each against `Route`. */
export const defineRoutes = <const T extends Record<string, Route>>(routes: T): T => routes
