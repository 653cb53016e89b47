import { sql, type CompiledQuery, type Kysely, type KyselyPlugin } from 'kysely'
import type { Database } from '../platform/db/database.ts'
import type { Schema } from '../platform/db/schema.ts'

/** A store that notes every statement it is given; `during` answers those of one piece of work. */
export function watchStatements(database: Database) {
  let noted: CompiledQuery[] = []
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      noted.push(database.db.getExecutor().compileQuery(node, queryId))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return {
    database: { ...database, db: database.db.withPlugin(plugin) },
    async during(work: () => Promise<unknown>): Promise<CompiledQuery[]> {
      noted = []
      await work()
      return noted
    },
  }
}

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

/** Tables that a statement would go through from end to end. */
export async function scannedTables(db: Kysely<Schema>, statement: CompiledQuery): Promise<string[]> {
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: Plan }] }>({
    ...statement,
    sql: `explain (format json) ${statement.sql}`,
  })
  const scanned: string[] = []
  const look = (plan: Plan) => {
    if (plan['Node Type'] === 'Seq Scan') scanned.push(plan['Relation Name'] ?? '')
    plan.Plans?.forEach(look)
  }
  for (const row of rows) look(row['QUERY PLAN'][0].Plan)
  return scanned
}

/** Makes the planner know what the tables hold. */
export const analyse = (db: Kysely<Schema>) => sql`analyze`.execute(db)
