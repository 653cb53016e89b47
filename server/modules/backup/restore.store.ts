import { sql, type Kysely, type Transaction } from 'kysely'
import type { Schema } from '../../platform/db/schema.ts'
import { partsOf } from './backup-file.ts'
import { readTables } from './backup.store.ts'

const INSERTED = 200
type Trx = Transaction<Schema>

/** Whether somebody has an account or a fleet here already. */
export async function holdsData(db: Kysely<Schema>): Promise<boolean> {
  const { rows } = await sql<{ holds: boolean }>`
    select exists (select 1 from app_user) or exists (select 1 from fleet) as holds`.execute(db)
  return rows[0]?.holds === true
}

type ForeignKey = { table: string; name: string; definition: string }

/** Takes foreign keys and triggers away for the load; answers what puts them back, which checks every reference. */
async function suspendRules(trx: Trx, tables: readonly string[]): Promise<() => Promise<void>> {
  const { rows: keys } = await sql<ForeignKey>`
    select c.relname as "table", k.conname as name, pg_get_constraintdef(k.oid) as definition
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and n.nspname = 'public' order by c.relname, k.conname`.execute(trx)
  for (const { table, name } of keys)
    await sql`alter table ${sql.table(table)} drop constraint ${sql.id(name)}`.execute(trx)
  for (const table of tables) await sql`alter table ${sql.table(table)} disable trigger user`.execute(trx)
  return async () => {
    for (const table of tables) await sql`alter table ${sql.table(table)} enable trigger user`.execute(trx)
    for (const { table, name, definition } of keys)
      await sql`alter table ${sql.table(table)} add constraint ${sql.id(name)} ${sql.raw(definition)}`.execute(
        trx,
      )
  }
}

const columnsOf = async (trx: Trx, table: string) =>
  (
    await sql<{ name: string }>`
      select column_name as name from information_schema.columns
      where table_schema = 'public' and table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`.execute(
      trx,
    )
  ).rows.map((row) => row.name)

async function insertRows(trx: Trx, table: string, columns: readonly string[], rows: readonly string[]) {
  const list = sql.join(columns.map((name) => sql.id(name)))
  await sql`insert into ${sql.table(table)} (${list}) overriding system value
    select ${list} from jsonb_populate_recordset(null::${sql.table(table)}, ${`[${rows.join(',')}]`}::jsonb)`.execute(
    trx,
  )
}

/** New rows get ids beyond those that were restored. */
async function advanceIds(trx: Trx, tables: readonly string[]): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES' and table_name = any(${[...tables]}::text[])`.execute(
    trx,
  )
  for (const { table, column } of rows)
    await sql`select setval(pg_get_serial_sequence(${table}, ${column}),
      coalesce((select max(${sql.id(column)}) from ${sql.table(table)}), 0) + 1, false)`.execute(trx)
}

/**
 * Puts the rows of a backup that was checked in the place of all there are, in one transaction. The store must have the very
 * migrations that the backup was made with. Answers how many rows each table then has.
 */
export function restoreRows(db: Kysely<Schema>, file: string): Promise<Map<string, number>> {
  return db.transaction().execute(async (trx) => {
    const tables = await readTables(trx)
    const putBack = await suspendRules(trx, tables)
    await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))}`.execute(trx)
    let table = ''
    let columns: string[] = []
    let waiting: string[] = []
    const write = async () => {
      if (waiting.length > 0) await insertRows(trx, table, columns, waiting)
      waiting = []
    }
    for await (const part of partsOf(file)) {
      if (part.kind === 'row') {
        waiting.push(part.row)
        if (waiting.length === INSERTED) await write()
        continue
      }
      await write()
      if (part.kind !== 'table') continue
      table = part.table
      columns = await columnsOf(trx, table)
    }
    await putBack()
    await advanceIds(trx, tables)
    const counts = new Map<string, number>()
    for (const name of tables) {
      const { rows } = await sql<{
        count: number
      }>`select count(*)::int as count from ${sql.table(name)}`.execute(trx)
      counts.set(name, rows[0]?.count ?? 0)
    }
    return counts
  })
}
