import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openPglite, type Database } from './database.ts'
import { storeFailure } from './store-failure.ts'

let folder: string
let database: Database
const told: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-thread-'))
  database = await openPglite(folder, (error) => told.push(error.message))
  await sql`create table kept (id int primary key)`.execute(database.db)
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const insert = (id: number) => sql`insert into kept values (${id})`.execute(database.db)
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => storeFailure(error),
  )

test('a database that breaks down is away, and is opened anew with all that was committed when it can be', async () => {
  await insert(1)
  const control = path.join(folder, 'pglite/global')
  // Where the state of the database is written at each checkpoint: without it PostgreSQL panics.
  await rename(control, `${control}.away`)
  await expect(sql`checkpoint`.execute(database.db)).rejects.toThrow('pg_control')
  for (let turn = 0; turn < 3; turn++) expect(await failureOf(insert(2))).toBe('away')
  // It is tried again and again, and no other database is begun meanwhile.
  await vi.waitFor(() => {
    expect(told.join('\n')).toMatch(/the embedded database broke down: could not open file/)
    expect(told.join('\n')).toMatch(/its file global\/pg_control is missing/)
  })
  await rename(`${control}.away`, control)
  await vi.waitFor(() => insert(3))
  const { rows } = await sql`select id from kept order by id`.execute(database.db)
  expect(rows).toEqual([{ id: 1 }, { id: 3 }])
})
