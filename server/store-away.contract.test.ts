import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startPostgres, type PostgresServer } from '../scripts/postgres-server.ts'
import { openPostgres, type Database } from './platform/db/database.ts'
import { describeOnPostgres, describeOnStores, migrateFully } from './testing/databases.ts'
import { deviceCalls, type DeviceCalls } from './testing/device-calls.ts'
import { Scene, type SceneDevice } from './testing/scene.ts'
import { problemOf } from './testing/test-client.ts'

const lineOf = (message: string) => `${JSON.stringify({ message, timestamp: 1, isSystem: true })}\n`

/** A device that talks to a gateway over real HTTP, and a person who uses it. */
async function openScene(database: Database) {
  const scene = await Scene.on(database)
  const url = await scene.app.listen()
  await scene.app.start()
  const fleet = await scene.fleet()
  const [device] = await scene.devices(fleet, 1)
  if (!device) throw new Error('no device registered')
  return { scene, url, device, calls: deviceCalls(url) }
}

const printLine = (calls: DeviceCalls, device: SceneDevice, message: string) =>
  calls.post(`/device/v2/${device.uuid}/log-stream`, {
    key: device.key,
    raw: lineOf(message),
    headers: { 'content-type': 'application/x-ndjson' },
  })

const statusOf = async ({ db }: Pick<Database, 'db'>) =>
  (await db.selectFrom('device').select('status').executeTakeFirstOrThrow()).status

const linesOf = async ({ db }: Pick<Database, 'db'>) =>
  (await db.selectFrom('log_line').select('message').orderBy('id').execute()).map(({ message }) => message)

describeOnPostgres('a gateway whose PostgreSQL is away', () => {
  let server: PostgresServer
  let database: Database
  let on: Awaited<ReturnType<typeof openScene>>
  const told: Error[] = []
  beforeAll(async () => {
    const started = await startPostgres({ isDurable: true })
    if (!started) throw new Error('PostgreSQL was there before, and cannot be started')
    server = started
    database = openPostgres(server.url, (error) => told.push(error), 4)
    await migrateFully(database)
    on = await openScene(database)
  })
  afterAll(async () => {
    await on.scene.close()
    await database.close()
    await server.stop()
  })

  test('answers 503 and says so, acknowledges nothing, and goes on by itself when it is back', async () => {
    const { scene, url, device, calls } = on
    expect((await calls.report(device, { status: 'before' })).status).toBe(200)
    expect((await printLine(calls, device, 'before')).status).toBe(201)
    await server.crash()
    for (let turn = 0; turn < 3; turn++) {
      const [report, poll, lines, registered] = await Promise.all([
        calls.report(device, { status: 'meanwhile' }),
        calls.poll(device),
        printLine(calls, device, 'meanwhile'),
        calls.post('/device/register', { key: 'none', body: {} }),
      ])
      expect([report.status, poll.status, lines.status, registered.status]).toEqual([503, 503, 503, 503])
      expect(report.headers.get('retry-after')).toBe('5')
      expect(report.text).toContain('The database does not answer')
    }
    for (const refused of [
      await scene.admin.send('listFleets'),
      await scene.admin.send('createFleet', { body: { name: 'Meanwhile', deviceType: 'intel-nuc' } }),
    ])
      expect(problemOf(refused)).toMatchObject({
        status: 503,
        code: 'store-away',
        title: 'The store cannot be reached',
      })
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)

    await server.restart()
    await vi.waitFor(async () => {
      expect((await fetch(`${url}/readyz`)).status).toBe(200)
    })
    expect(await statusOf(database)).toBe('before')
    expect(await linesOf(database)).toEqual(['before'])
    expect((await calls.report(device, { status: 'after' })).status).toBe(200)
    expect((await printLine(calls, device, 'after')).status).toBe(201)
    expect((await calls.poll(device)).status).toBe(200)
    expect(await statusOf(database)).toBe('after')
    // Whose lines they are could not be asked, so none was taken: the device has them still.
    expect(await linesOf(database)).toEqual(['before', 'after'])
    expect((await scene.admin.ok('listFleets')).fleets).toHaveLength(1)
    // It leads the rollouts again, with the next attempt to.
    await vi.waitFor(async () => {
      expect((await scene.admin.ok('getSystemInfo')).leadsRollouts).toBe(true)
    })
    // An idle connection that broke was told of, and ended nothing.
    expect(told.length).toBeGreaterThan(0)
  })
})

describeOnStores('a gateway whose store is full', (store) => {
  let database: Database
  let on: Awaited<ReturnType<typeof openScene>>
  beforeAll(async () => {
    database = await store.open()
    on = await openScene(database)
  })
  afterAll(async () => {
    await on.scene.close()
    await database.close()
  })

  test('answers 503 and says so, acknowledges nothing, and goes on by itself when there is room', async () => {
    const { scene, device, calls } = on
    expect((await calls.report(device, { status: 'before' })).status).toBe(200)
    // What a statement ends with when a file cannot grow; the store is read as before.
    const full = ['device', 'log_line', 'fleet', 'metric']
    await sql
      .raw(
        `create function no_room() returns trigger language plpgsql as $$
         begin
           raise exception using errcode = '53100', message = 'could not extend file "base/5/16384": No space left on device';
         end $$;
         ${full.map((table) => `create trigger no_room before insert or update on ${table} for each row execute function no_room();`).join('\n')}`,
      )
      .execute(database.db)
    const report = await calls.report(device, { status: 'meanwhile' })
    expect(report.status).toBe(503)
    expect(report.text).toContain('The disk of the database is full')
    expect((await printLine(calls, device, 'meanwhile')).status).toBe(503)
    const refused = await scene.admin.send('createFleet', {
      body: { name: 'Meanwhile', deviceType: 'intel-nuc' },
    })
    expect(problemOf(refused)).toMatchObject({
      status: 503,
      code: 'store-full',
      title: 'The store has no room',
    })
    expect(refused.headers['retry-after']).toBe('60')
    expect((await scene.admin.ok('listFleets')).fleets).toHaveLength(1)
    expect(await statusOf(database)).toBe('before')
    expect(await linesOf(database)).toEqual([])

    await sql.raw(full.map((table) => `drop trigger no_room on ${table};`).join('\n')).execute(database.db)
    expect((await calls.report(device, { status: 'after' })).status).toBe(200)
    expect((await printLine(calls, device, 'after')).status).toBe(201)
    expect(await statusOf(database)).toBe('after')
    expect(await linesOf(database)).toEqual(['after', expect.stringMatching(/^1 lines dropped/)])
  })
})
