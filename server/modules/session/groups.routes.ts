import type { FastifyInstance } from 'fastify'
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { FleetRole, Role } from '#contract/role'
import { routes } from '#contract/routes'
import type { UserGroup } from '#contract/session'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { accessText, ownFleetRoles, writeFleetRoles } from './access.store.ts'
import type { SessionDeps } from './session-deps.ts'

type Db = Kysely<Schema> | Transaction<Schema>
type GroupRow = {
  id: number
  name: string
  role: Role | null
  created_at: Date
  fleets: FleetRole[]
  member_ids: number[]
}

async function readGroups(db: Db, condition: RawBuilder<unknown>): Promise<UserGroup[]> {
  const { rows } = await sql<GroupRow>`
    select g.id, g.name, g.role, g.created_at, ${ownFleetRoles('group_id', sql`g.id`)} as fleets,
      coalesce((select jsonb_agg(m.user_id order by m.user_id) from group_member m where m.group_id = g.id), '[]'::jsonb) as member_ids
    from user_group g where ${condition} order by lower(g.name), g.id`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    access: { everywhere: row.role, fleets: row.fleets },
    memberIds: row.member_ids,
    createdAt: row.created_at.toISOString(),
  }))
}

async function existingGroup(db: Db, groupId: number): Promise<UserGroup> {
  const [group] = await readGroups(db, sql`g.id = ${groupId}`)
  if (!group) throw Problem.notFound('group', String(groupId))
  return group
}

/** Throws a problem that names the first member who is no account. */
async function writeMembers(
  trx: Transaction<Schema>,
  groupId: number,
  memberIds: readonly number[],
): Promise<void> {
  await trx.deleteFrom('group_member').where('group_id', '=', groupId).execute()
  const ids = [...new Set(memberIds)]
  if (ids.length === 0) return
  const { rows } = await sql<{ user_id: number }>`
    insert into group_member (group_id, user_id)
    select ${groupId}, u.id from app_user u where u.id = any(${ids}::bigint[]) returning user_id`.execute(trx)
  const added = new Set(rows.map((row) => row.user_id))
  const at = memberIds.findIndex((id) => !added.has(id))
  if (at >= 0) throw Problem.invalid(`body.memberIds.${String(at)}`, 'is no account')
}

const nameTaken = (name: string) =>
  Problem.conflict('name-taken', `A group named ${name} exists`, [
    { field: 'body.name', reason: 'belongs to another group' },
  ])

/** Whether the name is free; case does not tell names apart. */
async function refuseTaken(trx: Transaction<Schema>, name: string, exceptId: number): Promise<void> {
  const taken = await trx
    .selectFrom('user_group')
    .select('id')
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .where('id', '<>', exceptId)
    .executeTakeFirst()
  if (taken) throw nameTaken(name)
}

/** Groups: what one may do, its members may do too. */
export function registerGroups(app: FastifyInstance, deps: SessionDeps): void {
  registerRoute(app, routes.listGroups, async () => ({ groups: await readGroups(deps.db, sql`true`) }))
  registerRoute(app, routes.createGroup, async ({ body, caller }) => {
    const group = await deps.db.transaction().execute(async (trx) => {
      const row = await trx
        .insertInto('user_group')
        .values({ name: body.name, role: body.access.everywhere, created_at: deps.now() })
        .onConflict((conflict) => conflict.expression(sql`lower(name)`).doNothing())
        .returning('id')
        .executeTakeFirst()
      if (!row) throw nameTaken(body.name)
      await writeFleetRoles(trx, 'group_id', row.id, body.access.fleets)
      await writeMembers(trx, row.id, body.memberIds)
      await deps.audit(trx, {
        actor: caller,
        action: 'group.create',
        subjectKind: 'group',
        subjectId: String(row.id),
        summary: `Added the group ${body.name}: ${accessText(body.access)}, ${members(body.memberIds.length)}`,
      })
      return existingGroup(trx, row.id)
    })
    deps.renewRights(group.memberIds)
    return group
  })
  registerRoute(app, routes.updateGroup, async ({ params, body, caller }) => {
    const { before, group } = await deps.db.transaction().execute(async (trx) => {
      await trx.selectFrom('user_group').select('id').where('id', '=', params.groupId).forUpdate().execute()
      const before = await existingGroup(trx, params.groupId)
      if (body.name !== undefined) await refuseTaken(trx, body.name, before.id)
      await trx
        .updateTable('user_group')
        .set({ name: body.name ?? before.name, role: (body.access ?? before.access).everywhere })
        .where('id', '=', before.id)
        .execute()
      if (body.access !== undefined) await writeFleetRoles(trx, 'group_id', before.id, body.access.fleets)
      if (body.memberIds !== undefined) await writeMembers(trx, before.id, body.memberIds)
      const told = [
        ...(body.name === undefined ? [] : [`named ${body.name}`]),
        ...(body.access === undefined ? [] : [accessText(body.access)]),
        ...(body.memberIds === undefined ? [] : [members(body.memberIds.length)]),
      ]
      await deps.audit(trx, {
        actor: caller,
        action: 'group.update',
        subjectKind: 'group',
        subjectId: String(before.id),
        summary: `Changed the group ${before.name}: ${told.join(', ')}`,
      })
      return { before, group: await existingGroup(trx, before.id) }
    })
    deps.renewRights([...new Set([...before.memberIds, ...group.memberIds])])
    return group
  })
  registerRoute(app, routes.deleteGroup, async ({ params, caller }) => {
    const group = await deps.db.transaction().execute(async (trx) => {
      const group = await existingGroup(trx, params.groupId)
      await trx.deleteFrom('user_group').where('id', '=', group.id).execute()
      await deps.audit(trx, {
        actor: caller,
        action: 'group.delete',
        subjectKind: 'group',
        subjectId: String(group.id),
        summary: `Deleted the group ${group.name}, ${members(group.memberIds.length)}`,
      })
      return group
    })
    deps.renewRights(group.memberIds)
  })
}

const members = (count: number) => `${String(count)} ${count === 1 ? 'member' : 'members'}`
