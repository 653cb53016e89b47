import { sql, type Kysely } from 'kysely'
import type { ResourceKind } from '#contract/route'
import type { Schema } from './db/schema.ts'

/** The fleets that something stands in: one, or of an action asked of many devices all of theirs; none: it is not there. */
export type FleetsOf = (kind: ResourceKind, id: string | number) => Promise<readonly number[]>

/** What people call each kind, as in `There is no device …`. */
export const resourceWords: Record<ResourceKind, string> = {
  fleet: 'fleet',
  device: 'device',
  release: 'release',
  rollout: 'rollout',
  action: 'action',
  'action-batch': 'bulk action',
  'log-line': 'log line',
}

const statements: Record<
  ResourceKind,
  (id: string | number) => ReturnType<typeof sql<{ fleet_id: number }>>
> = {
  fleet: (id) => sql`select id as fleet_id from fleet where id = ${id}`,
  device: (uuid) => sql`select fleet_id from device where uuid = ${uuid} and deleted_at is null`,
  release: (id) => sql`select fleet_id from release where id = ${id}`,
  rollout: (id) => sql`select fleet_id from rollout where id = ${id}`,
  action: (id) =>
    sql`select d.fleet_id from device_action a join device d on d.id = a.device_id where a.id = ${id}`,
  'action-batch': (id) =>
    sql`select distinct d.fleet_id from device_action a join device d on d.id = a.device_id where a.batch_id = ${id}`,
  // A line belongs to the fleet that its device was in when it was printed.
  'log-line': (id) => sql`select fleet_id from log_line where id = ${id}`,
}

export const readFleetsOf =
  (db: Kysely<Schema>): FleetsOf =>
  async (kind, id) =>
    (await statements[kind](id).execute(db)).rows.map((row) => row.fleet_id)
