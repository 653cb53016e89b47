import { createContext, useContext } from 'react'
import { roleAllows, type Role } from '#contract/role'

/** The role of whoever is signed in; the shell provides it. */
export const RoleContext = createContext<Role>('viewer')

/**
 * Whether the signed-in person may do what needs this role. It only decides what the page offers; the gateway decides
 * what is done.
 */
export function useMay(needed: Role): boolean {
  return roleAllows(useContext(RoleContext), needed)
}
