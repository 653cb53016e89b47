import { z } from 'zod'
import { id, instant } from './query.ts'
import { roles } from './role.ts'
import { sourceOutline } from './source.ts'

export { roleAllows, roles, type Role } from './role.ts'
export const role = z.enum(roles)

const MAX_FLEET_ROLES = 1_000
/** In a body, where numbers are numbers. */
export const wholeId = z.int().positive()
export const fleetRole = z.object({ fleetId: wholeId, role })
/** A role in every fleet (null: in none), and roles in single fleets, each named once, which only add to it. */
export const access = z.object({
  everywhere: role.nullable(),
  fleets: z
    .array(fleetRole)
    .max(MAX_FLEET_ROLES)
    .refine(
      (fleets) => new Set(fleets.map(({ fleetId }) => fleetId)).size === fleets.length,
      'names a fleet twice',
    ),
})

export const groupName = z.string().trim().min(1, 'must not be empty').max(100)
/** People who share what they may do. */
export const userGroup = z.object({
  id,
  name: z.string(),
  access,
  memberIds: z.array(id),
  createdAt: instant,
})
export type UserGroup = z.infer<typeof userGroup>

export const password = z.string().min(12, 'must have at least 12 characters').max(200)
/** Of an authenticator app, or a recovery code; spaces and hyphens do not count. */
export const signInCode = z.string().trim().min(1, 'must not be empty').max(60)
/** What a sign-in asks for, asked once more. */
export const signInProof = z.object({ password: z.string().min(1).max(200), code: signInCode })
export const email = z.email('must be an e-mail address').max(254)
export const personName = z.string().trim().min(1, 'must not be empty').max(100)

/** By a password of this gateway, or at an OpenID provider, which then says who somebody is and what they may do. */
export const accountKind = z.enum(['password', 'openid'])

export const user = z.object({
  id,
  name: z.string(),
  /** One signs in with it where there is a password; what an OpenID provider says is only shown. */
  email: z.string(),
  signsInBy: accountKind,
  /** Its own, without what its groups add. */
  access,
  groupIds: z.array(id),
  createdAt: instant,
  lastSignInAt: instant.nullable(),
  isDisabled: z.boolean(),
  /** Whether signing in asks for a code as well. */
  hasTotp: z.boolean(),
})
export type User = z.infer<typeof user>

/**
 * Why somebody came back from the OpenID provider without being signed in, as the address of the sign-in page has it:
 * `stale`: begun elsewhere, too long ago, or used before; `denied`: they or the provider said no; `untrusted`: an answer
 * that does not fit what was asked; `unavailable`: no answer; `no-role`: nothing they hold opens anything here; `failed`: the
 * gateway itself.
 */
export const signInProblems = [
  'stale',
  'denied',
  'untrusted',
  'unavailable',
  'no-role',
  'disabled',
  'too-many',
  'failed',
] as const
export type SignInProblem = (typeof signInProblems)[number]

/** Who is signed in. `csrfToken` goes back in the `x-csrf-token` header of every write. */
export const me = z.object({
  user: user.pick({ id: true, name: true, email: true, signsInBy: true }).extend({
    /** The most they may do anywhere. */
    role,
    /** Their own and that of their groups together. */
    access,
  }),
  /** They have no rights before they have switched on a second step. */
  needsSecondStep: z.boolean().default(false),
  /** Where fleets come from: it decides what can be offered at all. */
  source: sourceOutline.default({ kind: 'embedded', name: 'this gateway', missing: [], isRead: false }),
  csrfToken: z.string(),
  expiresAt: instant,
})
export type Me = z.infer<typeof me>

/** A browser in which somebody is signed in, without its secret. */
export const userSession = z.object({
  id,
  /** As the browser calls itself; may be empty. */
  userAgent: z.string(),
  /** The address it last signed in from. */
  address: z.string(),
  createdAt: instant,
  /** When it last asked for something, to the minute. */
  lastSeenAt: instant,
  expiresAt: instant,
  /** The one that asks. */
  isCurrent: z.boolean(),
})
export type UserSession = z.infer<typeof userSession>

export const apiToken = z.object({
  id,
  name: z.string(),
  access,
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
})
export type ApiToken = z.infer<typeof apiToken>

/** A secret that is shown this once; only its hash is stored. */
export const createdApiToken = apiToken.extend({ secret: z.string() })
