import { sql, type RawBuilder, type Transaction } from 'kysely'
import { highestRole, type Access, type FleetRole, type Role } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'

/** Whose roles in single fleets: the column of `fleet_role` that names them. */
export type RoleHolder = 'user_id' | 'group_id' | 'token_id'
type Trx = Transaction<Schema>

const fleetsWhere = (condition: RawBuilder<unknown>) => sql<FleetRole[]>`coalesce((
  select jsonb_agg(jsonb_build_object('fleetId', fr.fleet_id, 'role', fr.role) order by fr.fleet_id, fr.id)
  from fleet_role fr where ${condition}), '[]'::jsonb)`

/** SQL: roles in single fleets of the account, group or token whose id is `id`, without those of groups. */
export const ownFleetRoles = (holder: RoleHolder, id: RawBuilder<unknown>) =>
  fleetsWhere(sql`fr.${sql.ref(holder)} = ${id}`)

const groupsOf = (userId: RawBuilder<unknown>) =>
  sql`select m.group_id from group_member m where m.user_id = ${userId}`

/** SQL: roles in single fleets of an account and of its groups. */
export const allFleetRoles = (userId: RawBuilder<unknown>) =>
  fleetsWhere(sql`fr.user_id = ${userId} or fr.group_id in (${groupsOf(userId)})`)

/** SQL: the roles everywhere of an account's groups. */
export const groupRoles = (userId: RawBuilder<unknown>) => sql<Role[]>`coalesce((
  select jsonb_agg(g.role) from user_group g
  where g.role is not null and g.id in (${groupsOf(userId)})), '[]'::jsonb)`

/** What an account may do, its groups included. */
export function toAccess(row: { role: Role | null; group_roles: Role[]; fleets: FleetRole[] }): Access {
  const own: Access = { everywhere: row.role, fleets: [] }
  const everywhere = row.group_roles.reduce<Role | null>(
    (held, role) => highestRole({ everywhere: held, fleets: [{ fleetId: 0, role }] }),
    own.everywhere,
  )
  return { everywhere, fleets: row.fleets }
}

/** Sets the roles in single fleets; throws a problem that names the first fleet that is not there. */
export async function writeFleetRoles(
  trx: Trx,
  holder: RoleHolder,
  id: number,
  fleets: readonly FleetRole[],
): Promise<void> {
  await sql`delete from fleet_role where ${sql.ref(holder)} = ${id}`.execute(trx)
  if (fleets.length === 0) return
  const known = await trx
    .selectFrom('fleet')
    .select('id')
    .where(
      'id',
      'in',
      fleets.map(({ fleetId }) => fleetId),
    )
    .forKeyShare()
    .execute()
  const ids = new Set(known.map((fleet) => fleet.id))
  const at = fleets.findIndex(({ fleetId }) => !ids.has(fleetId))
  if (at >= 0) throw Problem.invalid(`body.access.fleets.${String(at)}.fleetId`, 'is no fleet')
  await trx
    .insertInto('fleet_role')
    .values(fleets.map(({ fleetId, role }) => ({ fleet_id: fleetId, role, [holder]: id })))
    .execute()
}

/** In words, for the audit log: `viewer everywhere, support in 2 fleets`. */
export function accessText({ everywhere, fleets }: Access): string {
  const counts = new Map<Role, number>()
  for (const { role } of fleets) counts.set(role, (counts.get(role) ?? 0) + 1)
  const parts = [
    ...(everywhere === null ? [] : [`${everywhere} everywhere`]),
    ...[...counts].map(([role, count]) => `${role} in ${String(count)} ${count === 1 ? 'fleet' : 'fleets'}`),
  ]
  return parts.length === 0 ? 'no role' : parts.join(', ')
}
