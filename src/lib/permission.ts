import { createContext, useContext } from 'react'
import { highestRole, roleAllows, roleIn, type Access, type Role } from '#contract/role'

/** What whoever is signed in may do; the shell provides it. */
export const AccessContext = createContext<Access>({ everywhere: null, fleets: [] })
/** The fleet that what is shown stands in; null where it stands in none, or in several. */
export const FleetContext = createContext<number | null>(null)

/** The role of the signed-in person in the fleet that is shown, elsewhere the most they hold in any; null: none. */
export function useRole(): Role | null {
  const access = useContext(AccessContext)
  const fleetId = useContext(FleetContext)
  return fleetId === null ? highestRole(access) : roleIn(access, fleetId)
}

/**
 * Whether the signed-in person may do what needs this role, in the fleet that is shown. It only decides what the page
 * offers; the gateway decides what is done.
 */
export function useMay(needed: Role): boolean {
  return roleAllows(useRole(), needed)
}

/** Whether they may do what needs this role in every fleet, as for what belongs to none. */
export function useMayEverywhere(needed: Role): boolean {
  return roleAllows(useContext(AccessContext).everywhere, needed)
}
