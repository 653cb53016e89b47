/** Of itself, without a schema: what the page needs before its first data must not bring all schemas along. */

/** From least to most: each role may do everything the ones before it may. */
export const roles = ['viewer', 'support', 'release-manager', 'admin'] as const
export type Role = (typeof roles)[number]

/** Whether somebody with role `held` may do what asks for `needed`. */
export const roleAllows = (held: Role, needed: Role) => roles.indexOf(held) >= roles.indexOf(needed)
