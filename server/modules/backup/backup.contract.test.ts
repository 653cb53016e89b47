import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores, testPglite } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'
import { makeWalledFleet } from '../../testing/walled-fleet.ts'
import { BadBackup, checkBackup } from './backup-file.ts'
import { writeBackup } from './backup.module.ts'
import { holdsData, restoreRows } from './restore.store.ts'

const now = new Date('2026-01-15T12:00:00.000Z')

/** The lines of a backup but its head, which names the store, and its end, which follows from the others. */
const rowsOf = async (file: string) =>
  gunzipSync(await readFile(file))
    .toString('utf8')
    .split('\n')
    .slice(1, -2)

describeOnStores('a backup', (store) => {
  let folder: string
  let scene: Scene
  let database: Database
  const fileOf = (name: string) => path.join(folder, `${name}-${randomBytes(4).toString('hex')}.gz`)
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-backup-test-'))
    database = await store.open()
    scene = await Scene.on(database)
    await makeWalledFleet(scene)
    await scene.app.runJob('seal audit log')
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
    await rm(folder, { recursive: true, force: true })
  })

  const backUp = async (from: Database = database) => {
    const file = fileOf('backup')
    await writeBackup(from.db, file, { now, store: store.name })
    return file
  }

  test('of a store at rest, restored into an empty one, is the same store again', async () => {
    const file = await backUp()
    const { head, end } = await checkBackup(file)
    expect(head.createdAt).toBe(now.toISOString())
    const empty = await store.open()
    try {
      expect(await holdsData(empty.db)).toBe(false)
      const counts = await restoreRows(empty.db, file)
      expect(Object.fromEntries(counts)).toEqual(end.rows)
      const again = fileOf('again')
      await writeBackup(empty.db, again, { now, store: store.name })
      expect(await rowsOf(again)).toEqual(await rowsOf(file))
      // It goes on living: references hold, and new rows take ids of their own.
      const restored = await Scene.on(empty)
      expect((await restored.admin.ok('listFleets')).fleets.map(({ name }) => name)).toEqual(
        (await scene.admin.ok('listFleets')).fleets.map(({ name }) => name),
      )
      await makeWalledFleet(restored)
      await restored.app.runJob('seal audit log')
      expect(await restored.admin.ok('checkAudit')).toMatchObject({ isWhole: true, waiting: 0 })
      await restored.close()
    } finally {
      await empty.close()
    }
  })

  test('taken while devices report and people change things is of one moment', async () => {
    const { id: fleetId } = await scene.fleet()
    let turns = 0
    const over = new AbortController()
    // Each turn writes two rows that belong together: the name and the entry that tells of it.
    const busy = (async () => {
      while (!over.signal.aborted) {
        const name = `Turn ${String(++turns)} ${randomBytes(2).toString('hex')}`
        await scene.admin.ok('updateFleet', { params: { fleetId }, body: { name } })
      }
    })()
    const files: string[] = []
    for (let count = 0; count < 5; count++) files.push(await backUp())
    over.abort()
    await busy
    for (const file of files) {
      await checkBackup(file)
      const rows = (await rowsOf(file))
        .filter((line) => !line.startsWith('#'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      const fleet = rows.find((row) => row['id'] === fleetId && 'policy' in row)
      const told = rows
        .filter((row) => row['action'] === 'fleet.update' && row['subject_id'] === String(fleetId))
        .sort((a, b) => Number(b['id']) - Number(a['id']))[0]
      if (told) expect(told['summary']).toBe(`Renamed to ${String(fleet?.['name'])}`)
    }
  })

  test('a file that was cut, changed or is something else is refused before anything is written', async () => {
    const file = await backUp()
    const text = gunzipSync(await readFile(file)).toString('utf8')
    const write = async (name: string, content: Buffer) => {
      const other = fileOf(name)
      await writeFile(other, content)
      return other
    }
    const lines = text.split('\n')
    const cases: [string, Buffer, RegExp][] = [
      ['cut', gzipSync(lines.slice(0, -2).join('\n')), /ends early/],
      ['broken', (await readFile(file)).subarray(0, 400), /cannot be read/],
      ['changed', gzipSync(text.replace('wall', 'WALL')), /was changed/],
      ['other', gzipSync('hello\n'), /no backup of Wheelhouse/],
      ['newer', gzipSync(text.replace('wheelhouse-backup-1', 'wheelhouse-backup-9')), /head of the backup/],
      ['text', Buffer.from('hello'), /cannot be read/],
      ['empty', gzipSync(''), /empty/],
    ]
    for (const [name, content, reason] of cases) {
      const other = await write(name, content)
      const refusal = await checkBackup(other).then(
        () => null,
        (error: unknown) => error,
      )
      expect(refusal, name).toBeInstanceOf(BadBackup)
      expect(String(refusal), name).toMatch(reason)
    }
  })

  test('a restore that fails half-way leaves the store as it was', async () => {
    const file = await backUp()
    const lines = gunzipSync(await readFile(file))
      .toString('utf8')
      .split('\n')
    // A row whose reference leads nowhere: found only when the references are put back.
    const broken = fileOf('broken')
    const orphan = lines.map((line) => line.replace('"fleet_id": 1,', '"fleet_id": 777777,'))
    await writeFile(broken, gzipSync(orphan.join('\n')))
    const empty = await store.open()
    try {
      await expect(restoreRows(empty.db, broken)).rejects.toThrow()
      expect(await holdsData(empty.db)).toBe(false)
      const { rows } = await sql<{
        keys: number
      }>`select count(*)::int as keys from pg_constraint where contype = 'f'`.execute(empty.db)
      expect(rows[0]?.keys).toBeGreaterThan(20)
      await restoreRows(empty.db, file)
      expect(await holdsData(empty.db)).toBe(true)
    } finally {
      await empty.close()
    }
  })

  test('is downloaded by an administrator of every fleet, and the audit log says so', async () => {
    const answer = await scene.app.app.inject({
      method: 'POST',
      url: '/api/v1/backup',
      headers: await scene.app.as('admin'),
    })
    expect(answer.statusCode).toBe(200)
    const file = fileOf('download')
    await writeFile(file, answer.rawPayload)
    expect((await checkBackup(file)).end.rows['fleet']).toBeGreaterThan(0)
    expect((await scene.admin.ok('listAudit', { query: { q: 'backup.download' } })).rows).toHaveLength(1)
    const refused = await scene.app.app.inject({
      method: 'POST',
      url: '/api/v1/backup',
      headers: await scene.app.as('release-manager'),
    })
    expect(refused.statusCode).toBe(403)
  })
})

describe('a backup of PGlite', () => {
  test('of an older Wheelhouse is restored to what it was made with, and then migrated', async () => {
    const old = await testPglite.open({ before: '0070' })
    const folder = await mkdtemp(path.join(tmpdir(), 'wheelhouse-backup-test-'))
    const file = path.join(folder, 'old.gz')
    try {
      await sql`insert into app_user (name, email, role) values ('Ada', 'ada@example.com', 'admin')`.execute(
        old.db,
      )
      await writeBackup(old.db, file, { now, store: 'pglite' })
      const { head } = await checkBackup(file)
      expect(head.migrations.at(-1)?.name.slice(0, 4)).toBe('0062')
      const empty = await testPglite.open({ before: '0070' })
      await restoreRows(empty.db, file)
      const { rows } = await sql<{ name: string }>`select name from app_user`.execute(empty.db)
      expect(rows).toEqual([{ name: 'Ada' }])
      await empty.close()
    } finally {
      await old.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
