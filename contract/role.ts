/** Of itself, without a schema: what the page needs before its first data must not bring all schemas along. */

/** From least to most: each role may do everything the ones before it may. */
export const roles = ['viewer', 'support', 'release-manager', 'admin'] as const
export type Role = (typeof roles)[number]

/** Whether somebody with role `held` (null: none) may do what asks for `needed`. */
export const roleAllows = (held: Role | null, needed: Role) =>
  held !== null && roles.indexOf(held) >= roles.indexOf(needed)

/** What somebody may do: a role in every fleet (null: in none) and roles in single fleets, which only add to it. */
export type Access = { readonly everywhere: Role | null; readonly fleets: readonly FleetRole[] }
export type FleetRole = { readonly fleetId: number; readonly role: Role }

const higher = (one: Role | null, other: Role) => (roleAllows(one, other) ? one : other)

/** The role that counts in this fleet; null: the fleet is not there for them. */
export const roleIn = ({ everywhere, fleets }: Access, fleetId: number): Role | null =>
  fleets.reduce<Role | null>(
    (held, own) => (own.fleetId === fleetId ? higher(held, own.role) : held),
    everywhere,
  )

/** The most they may do anywhere; null: they may see nothing. */
export const highestRole = ({ everywhere, fleets }: Access): Role | null =>
  fleets.reduce<Role | null>((held, own) => higher(held, own.role), everywhere)

/** The fleets of a list: all, or only those with these ids. */
export type FleetScope = 'all' | readonly number[]

/** Whether something of this fleet is within. */
export const isWithin = (scope: FleetScope, fleetId: number) => scope === 'all' || scope.includes(fleetId)

/** The fleets in which they hold at least this role. */
export function fleetsWith(access: Access, needed: Role): FleetScope {
  if (roleAllows(access.everywhere, needed)) return 'all'
  const ids = access.fleets.filter(({ role }) => roleAllows(role, needed)).map(({ fleetId }) => fleetId)
  return [...new Set(ids)].sort((a, b) => a - b)
}
