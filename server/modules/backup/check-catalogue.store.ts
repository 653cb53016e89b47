import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { countWrong, holds, type StoreCheck } from './store-check.ts'

type Reference = { table: string; columns: string[]; target: string; targetColumns: string[] }

const ofRelease = (table: string, column: string): Reference => ({
  table,
  columns: [column],
  target: 'release',
  targetColumns: ['id'],
})

/** References that no foreign key holds. What may outlive what it names, such as the fleet of an event, is not here. */
const unheld: readonly Reference[] = [
  { table: 'audit_unsealed', columns: ['entry_id'], target: 'audit_entry', targetColumns: ['id'] },
  ofRelease('rollout', 'previous_target_release_id'),
  ofRelease('rollout_device', 'previous_target_release_id'),
  ofRelease('rollout_device', 'previous_pinned_release_id'),
  ofRelease('rollout_device', 'previous_assigned_release_id'),
]

async function readForeignKeys(trx: Kysely<Schema>): Promise<Reference[]> {
  const { rows } = await sql<Reference>`
    select c.relname::text as "table", t.relname::text as target,
      array(select a.attname::text from unnest(k.conkey) with ordinality as part (number, place)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number order by part.place) as columns,
      array(select a.attname::text from unnest(k.confkey) with ordinality as part (number, place)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = part.number order by part.place) as "targetColumns"
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class t on t.oid = k.confrelid
      join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and n.nspname = 'public' order by c.relname, k.conname`.execute(trx)
  return rows
}

/** Rows that name one which is not there. */
function lost({ table, columns, target, targetColumns }: Reference): RawBuilder<unknown> {
  const own = columns.map((name) => sql.ref(`own.${name}`))
  const pairs = own.map((column, place) => sql`other.${sql.id(targetColumns[place] ?? 'id')} = ${column}`)
  return sql`
    select format('%s names %s %s by %s, which is not there', ${table}::text, ${target}::text,
      concat_ws(', ', ${sql.join(own)}), ${columns.join(', ')}::text) as what
    from ${sql.table(table)} as own
    where ${sql.join(
      own.map((column) => sql`${column} is not null`),
      sql` and `,
    )}
      and not exists (select 1 from ${sql.table(target)} as other where ${sql.join(pairs, sql` and `)})`
}

const together = (selects: readonly RawBuilder<unknown>[]) => sql.join(selects, sql` union all `)

async function readIdentities(trx: Kysely<Schema>) {
  const { rows } = await sql<{ table: string; column: string; sequence: string }>`
    select table_name::text as "table", column_name::text as "column",
      pg_get_serial_sequence(table_name::text, column_name::text) as sequence
    from information_schema.columns where table_schema = 'public' and is_identity = 'YES' order by 1, 2`.execute(
    trx,
  )
  return rows
}

/** What holds of all tables alike, by what the database says of them. */
export const catalogueChecks: readonly StoreCheck[] = [
  holds(
    'Every constraint, trigger and index is whole and switched on.',
    sql`
    select format('the constraint %s of %s was never checked', k.conname, c.relname) as what
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and not k.convalidated
    union all select format('the trigger %s of %s is switched off', t.tgname, c.relname)
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and t.tgenabled <> 'O'
    union all select format('the index %s of %s is not whole', i.relname, c.relname)
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and not (x.indisvalid and x.indisready)`,
  ),
  {
    rule: 'Every row that a foreign key leads to is there.',
    find: async (trx) => countWrong(trx, together((await readForeignKeys(trx)).map(lost))),
  },
  holds('Every row that is named without a foreign key is there.', together(unheld.map(lost))),
  {
    rule: 'New rows get ids beyond those that are taken.',
    find: async (trx) => {
      const selects = (await readIdentities(trx)).map(
        ({ table, column, sequence }) => sql`
        select format('the next %s of %s is %s, but %s is taken', ${column}::text, ${table}::text, next, taken) as what
        from (select (select max(${sql.id(column)}) from ${sql.table(table)}) as taken,
          (select case when is_called then last_value + 1 else last_value end from ${sql.raw(sequence)}) as next) as ids
        where taken >= next`,
      )
      return countWrong(trx, together(selects))
    },
  },
]
