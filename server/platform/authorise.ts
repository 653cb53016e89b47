import { topicRoles, topicScopes, type Topic } from '#contract/events'
import {
  fleetsWith,
  highestRole,
  roleAllows,
  roleIn,
  type Access,
  type FleetScope,
  type Role,
} from '#contract/role'
import type { ResourceRef, Route } from '#contract/route'
import type { Claim } from './audit-input.ts'
import { Problem } from './problem.ts'
import { resourceWords, type FleetsOf } from './resource-fleets.ts'

/** Who calls: a signed-in person or an API token. `csrfToken` is null for tokens, which no browser sends by itself. */
export type Identity = {
  name: string
  kind: 'user' | 'api-token'
  access: Access
  userId: number | null
  /** Of an API token; null for people. */
  tokenId: number | null
  sessionId: string | null
  csrfToken: string | null
  /** They have no rights until codes are asked for at their sign-in. */
  needsSecondStep: boolean
  /** From where the call comes. */
  address: string
}

/** Who calls, and as what where the call is about: `role` in the fleet of what is named, else the most they hold. */
export type Caller = Identity & {
  role: Role
  /** The key that a write came with; the audit log takes it with the entry of the effect, so hand the caller on to it. */
  claim?: Claim | undefined
}

const tooLow = (needed: Role, held: Role | null) =>
  Problem.forbidden(`This needs the role ${needed}; ${held === null ? 'you have none' : `yours is ${held}`}`)

/** The role, where it is enough; throws 403 otherwise. */
function held(role: Role, needed: Role): Role {
  if (!roleAllows(role, needed)) throw tooLow(needed, role)
  return role
}

/** The most somebody may do anywhere, at least `needed`; throws 403 otherwise. */
function mostOf(access: Access, needed: Role): Role {
  const most = highestRole(access)
  if (most === null) throw tooLow(needed, most)
  return held(most, needed)
}

/**
 * What can be said before anything is parsed: throws 401 without a session, 403 when the role is held nowhere or, for a
 * session's write, without its CSRF token.
 */
export function authorise(route: Route, caller: Identity | null, csrfHeader: unknown): void {
  const { permission } = route
  if (permission === 'public') return
  if (!caller) throw Problem.unauthorized()
  if (permission !== 'signed-in') {
    if (caller.needsSecondStep)
      throw new Problem({
        status: 403,
        code: 'second-step-needed',
        title: 'Not allowed',
        detail: 'Everybody here signs in with a second step; switch yours on first',
      })
    mostOf(caller.access, permission)
    if (route.scope === 'organisation') mustHoldEverywhere(caller.access, permission)
  }
  if (route.method !== 'GET' && caller.csrfToken !== null && csrfHeader !== caller.csrfToken) {
    throw new Problem({
      status: 403,
      code: 'csrf',
      title: 'Not allowed',
      detail: 'The x-csrf-token header is missing or not of this session',
    })
  }
}

function mustHoldEverywhere({ everywhere }: Access, needed: Role): void {
  if (roleAllows(everywhere, needed)) return
  throw Problem.forbidden(`This needs the role ${needed} in every fleet`)
}

type Parsed = { params: unknown; query: unknown }

const namedBy = ({ at }: ResourceRef, input: Parsed): string | number | undefined => {
  const [part = '', key = ''] = at.split('.')
  const from = (part === 'params' ? input.params : input.query) as Record<string, unknown> | undefined
  const value = from?.[key]
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/**
 * The role that counts for what a call names. Throws 404 for what stands in no fleet of theirs, in the same words as for
 * what does not exist, and 403 where their role is too low.
 */
async function roleFor(
  refs: readonly ResourceRef[],
  input: Parsed,
  access: Access,
  needed: Role,
  fleetsOf: FleetsOf,
): Promise<Role> {
  // A role that is the same in every fleet needs no look at which one it is; the handler says what is not there.
  if (access.fleets.length === 0 && access.everywhere !== null) return held(access.everywhere, needed)
  let least: Role | null = null
  for (const ref of refs) {
    const id = namedBy(ref, input)
    if (id === undefined) continue
    const fleetIds = await fleetsOf(ref.of, id)
    // What stands nowhere is as far from them as a fleet in which they hold no role of their own.
    const roles = fleetIds.length === 0 ? [access.everywhere] : fleetIds.map((one) => roleIn(access, one))
    for (const role of roles) {
      if (role === null) throw Problem.notFound(resourceWords[ref.of], String(id))
      if (least === null || !roleAllows(role, least)) least = role
    }
  }
  if (least === null) throw new Error('a route of a resource does not name it')
  return held(least, needed)
}

/** What a handler is told of who calls: their role here, and the fleets whose things they may be shown or change. */
export async function admit(
  route: Route,
  caller: Identity,
  input: Parsed,
  fleetsOf: FleetsOf,
): Promise<{ caller: Caller; within: FleetScope }> {
  const { permission, scope } = route
  if (permission === 'public' || permission === 'signed-in')
    return {
      caller: { ...caller, role: highestRole(caller.access) ?? 'viewer' },
      within: fleetsWith(caller.access, 'viewer'),
    }
  const within = fleetsWith(caller.access, permission)
  const role =
    typeof scope === 'object'
      ? await roleFor(scope, input, caller.access, permission, fleetsOf)
      : mostOf(caller.access, permission)
  return { caller: { ...caller, role }, within }
}

/** Whether somebody may watch a topic, and of which fleets it may tell them; throws as a route does. */
export async function admitWatcher(topic: Topic, access: Access, fleetsOf: FleetsOf): Promise<FleetScope> {
  const needed = topicRoles[topic.kind]
  const scope = topicScopes[topic.kind]
  mostOf(access, needed)
  if (scope === 'organisation') mustHoldEverywhere(access, needed)
  if (typeof scope === 'object')
    await roleFor(
      [{ of: scope.of, at: `params.${scope.at}` }],
      { params: topic, query: {} },
      access,
      needed,
      fleetsOf,
    )
  return fleetsWith(access, needed)
}
