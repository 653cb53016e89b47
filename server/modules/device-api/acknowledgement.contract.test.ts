import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { deviceCalls, type DeviceCalls } from '../../testing/device-calls.ts'
import { describeOnPostgres, testPglite } from '../../testing/databases.ts'
import { seedDevice, seedFleet, seedRelease, type SeededDevice } from '../../testing/fleet-seed.ts'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'

const line = { message: 'hello', timestamp: 1, isSystem: true }
const COMMIT_LOCK = 42

/** Makes every commit that touches a device or a log line wait while somebody holds COMMIT_LOCK. */
const holdingTriggers = `
  create function wait_at_commit() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(${COMMIT_LOCK}); return null; end $$;
  create constraint trigger device_waits after update on device
    deferrable initially deferred for each row execute function wait_at_commit();
  create constraint trigger log_line_waits after insert on log_line
    deferrable initially deferred for each row execute function wait_at_commit();`

// A commit can be held back from outside only where there is more than one connection.
describeOnPostgres('acknowledged only once stored, on PostgreSQL', ({ open }) => {
  let database: Database
  let app: TestApp
  let url: string
  let calls: DeviceCalls
  let device: SeededDevice
  beforeAll(async () => {
    database = await open()
    app = await startTestApp({ database })
    url = await app.listen()
    calls = deviceCalls(url)
    device = await seedDevice(app.db, await seedFleet(app.db))
    await sql.raw(holdingTriggers).execute(app.db)
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  /** Every way a device hands something over. */
  const handings: Record<string, () => Promise<{ status: number }>> = {
    'a report': () => calls.report(device, { status: 'Idle' }),
    'a tag': () => calls.tags(device, { a: 'b' }),
    'a log batch': () => calls.post(`/device/v2/${device.uuid}/logs`, { key: device.key, body: [line] }),
    'the end of a log stream': () =>
      fetch(`${url}/device/v2/${device.uuid}/log-stream`, {
        method: 'POST',
        body: new Uint8Array(gzipSync(`${JSON.stringify(line)}\n`)),
        headers: {
          authorization: `Bearer ${device.key}`,
          'content-type': 'application/x-ndjson',
          'content-encoding': 'gzip',
        },
      }),
  }
  /** Waits until somebody waits for a lock of one of these kinds. */
  const untilWaiting = (...kinds: string[]) =>
    vi.waitFor(
      async () => {
        const { rows } = await sql<{ isWaiting: boolean }>`
          select count(*) > 0 as "isWaiting" from pg_locks where locktype = any(${kinds}) and not granted`.execute(
          app.db,
        )
        expect(rows).toEqual([{ isWaiting: true }])
      },
      { timeout: 10_000 },
    )
  test.each(Object.keys(handings))('%s is answered after its commit, not before', async (name) => {
    let isAnswered = false
    let answer: Promise<number> | undefined
    await app.db.connection().execute(async (holder) => {
      await sql`select pg_advisory_lock(${COMMIT_LOCK})`.execute(holder)
      answer = handings[name]?.().then((reply) => {
        isAnswered = true
        return reply.status
      })
      await untilWaiting('advisory')
      expect(isAnswered).toBe(false)
      await sql`select pg_advisory_unlock(${COMMIT_LOCK})`.execute(holder)
    })
    expect(await answer).toBeLessThan(300)
  })
  test('a report that waits while its device gets another target follows on that', async () => {
    const fleet = await seedFleet(app.db)
    const { commit, releaseId } = await seedRelease(app.db, fleet.fleetId)
    const next = await seedRelease(app.db, fleet.fleetId, { semver: '2.0.0' })
    const own = await seedDevice(app.db, fleet, { targetReleaseId: releaseId })
    const releases = { [commit]: { update_status: 'done', services: {} } }
    let answer: Promise<{ status: number }> | undefined
    await app.db.transaction().execute(async (trx) => {
      await trx
        .updateTable('device')
        .set({ target_release_id: next.releaseId })
        .where('id', '=', own.deviceId)
        .execute()
      answer = calls.report(own, { apps: { [fleet.fleetUuid]: { release_uuid: commit, releases } } })
      await untilWaiting('transactionid', 'tuple')
    })
    expect((await answer)?.status).toBe(200)
    const row = await app.db
      .selectFrom('device')
      .select(['update_state', 'current_release_id', 'target_release_id'])
      .where('id', '=', own.deviceId)
      .executeTakeFirst()
    expect(row).toEqual({
      update_state: 'waiting',
      current_release_id: releaseId,
      target_release_id: next.releaseId,
    })
  })
  test('what cannot be stored is not acknowledged, and the next report is', async () => {
    await sql
      .raw(`alter table device add constraint not_lost check (status is distinct from 'lost')`)
      .execute(app.db)
    expect((await calls.report(device, { status: 'lost' })).status).toBe(500)
    expect((await calls.report(device, { status: 'kept' })).status).toBe(200)
    const row = await app.db
      .selectFrom('device')
      .select('status')
      .where('id', '=', device.deviceId)
      .executeTakeFirst()
    expect(row?.status).toBe('kept')
  })
})

describe('more devices at once than the store takes', () => {
  let database: Database
  let app: TestApp
  let url: string
  let calls: DeviceCalls
  let devices: SeededDevice[]
  beforeAll(async () => {
    database = await testPglite.open()
    app = await startTestApp({ database, environment: { WHEELHOUSE_DEVICE_QUEUE: '10' } })
    url = await app.listen()
    calls = deviceCalls(url)
    const fleet = await seedFleet(app.db)
    devices = await Promise.all(Array.from({ length: 60 }, () => seedDevice(app.db, fleet)))
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })
  /** Keeps the only connection of the embedded database busy until the returned function is called. */
  async function holdStore(): Promise<() => Promise<void>> {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    let begun: () => void = () => undefined
    const isHeld = new Promise<void>((resolve) => (begun = resolve))
    const held = database.db.transaction().execute(async () => {
      begun()
      await released
    })
    await isHeld
    return async () => {
      release()
      await held
    }
  }
  /** Sends for all devices while the store stands still; answers all statuses, and those given meanwhile. */
  async function storm(send: (device: SeededDevice) => Promise<{ status: number }>) {
    const release = await holdStore()
    const meanwhile: number[] = []
    let isHeld = true
    const all = devices.map(async (device) => {
      const { status } = await send(device)
      if (isHeld) meanwhile.push(status)
      return status
    })
    // All but those in the queue and the one group under way are told at once.
    await vi.waitFor(() => expect(meanwhile.length).toBeGreaterThanOrEqual(10), { timeout: 10_000 })
    isHeld = false
    await release()
    return { all: await Promise.all(all), meanwhile: [...new Set(meanwhile)] }
  }
  test.each<[string, (device: SeededDevice) => Promise<{ status: number }>]>([
    ['polls', (device) => calls.poll(device)],
    ['reports', (device) => calls.report(device, { status: 'Idle' })],
    [
      'log batches',
      (device) => calls.post(`/device/v2/${device.uuid}/logs`, { key: device.key, body: [line] }),
    ],
  ])('%s wait in a bounded queue, the rest is answered 503 at once and served later', async (_name, send) => {
    const { all, meanwhile } = await storm(send)
    expect(meanwhile).toEqual([503])
    expect(all.filter((status) => status < 300).length).toBeGreaterThanOrEqual(10)
    expect(all.every((status) => status < 300 || status === 503)).toBe(true)
    // A poll is answered before it is noted.
    await app.deviceApi.flush()
    for (const device of devices.slice(0, 3)) expect((await send(device)).status).toBeLessThan(300)
  })
  test('every acknowledged report is stored, and 503 names no time to wait', async () => {
    // Supervisors take seconds for milliseconds: told a time they would come again at once.
    const answers = new Map<string, number>()
    const said = ({ uuid }: SeededDevice) => `storm ${uuid}`.slice(0, 40)
    await storm(async (device) => {
      const { status, headers } = await calls.report(device, { status: said(device) })
      answers.set(device.uuid, status)
      expect(headers.get('retry-after')).toBeNull()
      return { status }
    })
    const rows = await app.db.selectFrom('device').select(['uuid', 'status']).execute()
    const stored = new Map(rows.map((row) => [row.uuid, row.status]))
    for (const device of devices)
      expect(stored.get(device.uuid) === said(device)).toBe(answers.get(device.uuid) === 200)
  })
  test('while the queue is full a report is refused before its body has come', async () => {
    // Known devices: to look them up would wait for the store too.
    for (const device of devices) await calls.report(device, { status: 'Known' })
    const release = await holdStore()
    const waiting: Promise<unknown>[] = []
    const fill = () => {
      for (const device of devices) waiting.push(calls.report(device, { status: 'Waits' }))
      return app.deviceApi.writer.isFull
    }
    // The first ones are the group under way.
    await vi.waitUntil(fill, { timeout: 10_000, interval: 100 })
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      'PATCH /device/v3/state HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n',
    )
    const answer = (await once(socket, 'data')) as Buffer[]
    expect(String(answer[0])).toMatch(/^HTTP\/1\.1 503 /)
    socket.destroy()
    await release()
    await Promise.all(waiting)
  })
})
