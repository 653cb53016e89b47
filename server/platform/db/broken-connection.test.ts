import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { describeOnPostgres } from '../../testing/databases.ts'
import { openPostgres, type Database } from './database.ts'

describeOnPostgres('a connection that breaks', ({ open }) => {
  let database: Database
  let other: Database
  const told: Error[] = []
  beforeAll(async () => {
    database = await open()
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.db)
    const url = new URL(process.env['TEST_DATABASE_URL'] ?? '')
    url.pathname = `/${rows[0]?.name ?? ''}`
    other = openPostgres(url.toString(), (error) => told.push(error), 1)
  })
  afterAll(async () => {
    await other.close()
    await database.close()
  })
  const end = (pid: number) => sql`select pg_terminate_backend(${pid})`.execute(database.db)
  const ownPid = async ({ db }: Pick<Database, 'db'>) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
    return rows[0]?.pid ?? 0
  }
  const isGone = (pid: number) =>
    vi.waitFor(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity where pid = ${pid}`.execute(database.db)
      expect(rows).toEqual([])
    })

  test('between two statements of a transaction fails the second one, and nothing else', async () => {
    const work = other.db.transaction().execute(async (trx) => {
      const pid = await ownPid({ db: trx })
      await end(pid)
      await isGone(pid)
      await sql`select 1`.execute(trx)
    })
    await expect(work).rejects.toThrow()
    expect((await sql<{ one: number }>`select 1 as one`.execute(other.db)).rows).toEqual([{ one: 1 }])
  })
  test('while nobody uses it is told, and replaced', async () => {
    const pid = await ownPid(other)
    await end(pid)
    await vi.waitFor(() => expect(told).toHaveLength(1))
    expect(await ownPid(other)).not.toBe(pid)
  })
})
