import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { logExportQuery } from '#contract/log'
import { emptyDatabase } from '../../testing/databases.ts'
import { seedDevice, seedFleet, type SeededDevice } from '../../testing/fleet-seed.ts'
import { seedLogLines } from '../../testing/log-lines.ts'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { TestClient } from '../../testing/test-client.ts'
import { exportLines } from './log-export.ts'

let app: TestApp
let viewer: TestClient
let admin: TestClient
let device: SeededDevice
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.close())
beforeEach(async () => {
  await emptyDatabase({ db: app.db, store: 'pglite', connect: null, close: () => Promise.resolve() })
  viewer = new TestClient(app, await app.as('viewer'))
  admin = new TestClient(app, await app.as('admin'))
  device = await seedDevice(app.db, await seedFleet(app.db))
})

const fieldsOf = (problem: { errors?: { field: string }[] | undefined }) =>
  problem.errors?.map((error) => error.field)

describe('a search that cannot be made', () => {
  test.each([
    [{ regex: '(' }, 'query.regex'],
    [{ regex: '(a)\\1' }, 'query.regex'],
    [{ regex: '(.{1,300}){3}x' }, 'query.regex'],
    [{ fields: 'a="b' }, 'query.fields'],
    [{ from: 'yesterday' }, 'query.from'],
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'query.from'],
  ])('%j: the field is named', async (query, field) => {
    for (const route of ['searchLogs', 'getLogHistogram', 'exportLogs'] as const)
      expect(fieldsOf(await viewer.refused(route, 400, { query })), route).toEqual([field])
  })
})

test('a pattern that would backtrack for ever elsewhere and lines as long as can be are no trouble', async () => {
  const message = `${'a'.repeat(9_999)}b`
  await seedLogLines(
    app.db,
    device,
    Array.from({ length: 40 }, () => ({ message })),
  )
  const query = { regex: '(a+)+$' }
  expect((await viewer.ok('searchLogs', { query })).lines).toEqual([])
  expect((await viewer.ok('getLogHistogram', { query })).total).toBe(0)
  const found = await viewer.ok('searchLogs', { query: { regex: '(a|aa)+b$', limit: 2 } })
  expect(found.lines.map((line) => line.message)).toEqual([message, message])
})

test('hostile text comes back as it was sent', async () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '\u001b[31mred\u001b[0m',
    '\u202egnp.exe',
    '{"__proto__":{"x":1}}',
    '%_\\',
  ]
  await seedLogLines(
    app.db,
    device,
    hostile.map((message) => ({ message })),
  )
  expect((await viewer.ok('searchLogs')).lines.map((line) => line.message)).toEqual(hostile)
  const query = { text: '%_\\' }
  expect((await viewer.ok('searchLogs', { query })).lines.map((line) => line.message)).toEqual(['%_\\'])
  const own = { fields: '__proto__.x=1' }
  expect((await viewer.ok('searchLogs', { query: own })).lines.map((line) => line.message)).toEqual([
    hostile[3],
  ])
})

test('lines of a selection of devices, of a service, of stderr', async () => {
  const fleet = await seedFleet(app.db)
  const others = [await seedDevice(app.db, fleet), await seedDevice(app.db, fleet)]
  for (const one of [device, ...others])
    await seedLogLines(app.db, one, [
      { message: 'out' },
      { message: 'err', is_stderr: true, service_name: 'side' },
    ])
  const count = async (query: object) => (await viewer.ok('searchLogs', { query })).lines.length
  expect(await count({ device: [device.uuid, others[0]?.uuid] })).toBe(4)
  expect(await count({ device: [device.uuid], fleetId: fleet.fleetId })).toBe(0)
  expect(await count({ fleetId: fleet.fleetId, service: 'side' })).toBe(2)
  expect(await count({ stderr: 'only' })).toBe(3)
  expect(await count({ device: ['e'.repeat(32)] })).toBe(0)
})

test('a line with those around it, of its device alone', async () => {
  const other = await seedDevice(app.db, await seedFleet(app.db))
  const ids: number[] = []
  for (let index = 0; index < 6; index++) {
    ids.push(...(await seedLogLines(app.db, device, [{ service_name: index % 2 === 0 ? 'main' : 'side' }])))
    await seedLogLines(app.db, other, [{}])
  }
  const params = { lineId: ids[2] ?? 0 }
  const all = await viewer.ok('getLogContext', { params, query: { before: 1, after: 5 } })
  expect([all.line.id, all.before.map((line) => line.id), all.after.map((line) => line.id)]).toEqual([
    ids[2],
    [ids[1]],
    ids.slice(3),
  ])
  expect([all.hasOlder, all.hasNewer]).toEqual([true, false])
  const same = await viewer.ok('getLogContext', { params, query: { service: 'same' } })
  expect([same.before, same.after].map((lines) => lines.map((line) => line.id))).toEqual([[ids[0]], [ids[4]]])
  await viewer.refused('getLogContext', 404, { params: { lineId: 9_999 } })
})

describe('export', () => {
  test('is one line each, in order, with its range', async () => {
    await seedLogLines(app.db, device, [{}, {}, {}, {}])
    const answer = await viewer.send('exportLogs', {
      query: { format: 'ndjson', from: '2026-01-01T12:00:01Z', to: '2026-01-01T12:00:02Z' },
    })
    expect(answer.headers['content-type']).toContain('application/x-ndjson')
    const lines = answer.body.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'line 1',
      'line 2',
    ])
    const text = await viewer.send('exportLogs', { query: { text: 'line 3' } })
    expect(text.body).toMatch(/^2026-01-01T12:00:03\.000Z device \w+ main INFO line 3\n$/)
  })

  test('reads on only when the reader took what was read', async () => {
    const LINES = 20_000
    await seedLogLines(
      app.db,
      device,
      Array.from({ length: LINES }, () => ({})),
    )
    /** Lines read from the store, and lines taken by the reader. */
    let read = 0
    let taken = 0
    let mostInFlight = 0
    const linesIn = (piece: string) => piece.split('\n').length - 1
    async function* counted() {
      for await (const piece of exportLines(app.db, {
        ...logExportQuery.parse({ format: 'text' }),
        within: 'all',
      })) {
        read += linesIn(piece)
        mostInFlight = Math.max(mostInFlight, read - taken)
        yield piece
      }
    }
    for await (const piece of Readable.from(counted())) {
      // What is stored meanwhile is not part of it, so it comes to an end under a flood.
      if (taken === 0) await seedLogLines(app.db, device, [{}, {}])
      taken += linesIn(String(piece))
    }
    expect(taken).toBe(LINES)
    // However large the range, a few pieces of 2,000 lines at most are held for a reader.
    expect(mostInFlight).toBeLessThanOrEqual(6_000)
  })
})

describe('saved queries', () => {
  const every = { device: [], service: [], level: [] }
  const search = { ...every, service: ['main'], text: 'stalled', range: '1h' }
  const names = async (client: TestClient) =>
    (await client.ok('listLogQueries')).queries.map(
      (query) => `${query.name}${query.isShared ? ' (shared)' : ''}`,
    )
  const person = async (role: 'viewer' | 'support' | 'admin') => new TestClient(app, await app.signedIn(role))

  test('belong to whoever saved them; shared ones are seen by all', async () => {
    const [one, two, support] = [await person('viewer'), await person('viewer'), await person('support')]
    const saved = await one.ok('saveLogQuery', { body: { name: 'Mine', search } })
    expect(saved).toMatchObject({ name: 'Mine', isOwn: true, isShared: false })
    expect(saved.search).toMatchObject({ service: ['main'], text: 'stalled', range: '1h', device: [] })
    await support.ok('saveLogQuery', { body: { name: 'Stalls', isShared: true, search } })
    await two.ok('saveLogQuery', { body: { name: 'mine', search: every } })
    expect(await names(one)).toEqual(['Mine', 'Stalls (shared)'])
    expect(await names(two)).toEqual(['mine', 'Stalls (shared)'])
    expect(await names(viewer)).toEqual(['Stalls (shared)'])
  })

  test('a name is saved over; sharing needs support; a bad search is refused by field', async () => {
    const one = await person('viewer')
    const first = await one.ok('saveLogQuery', { body: { name: 'Mine', search } })
    const second = await one.ok('saveLogQuery', {
      body: { name: 'MINE', search: { ...every, text: 'other' } },
    })
    expect(second.id).toBe(first.id)
    expect((await one.ok('listLogQueries')).queries.map((query) => query.search.text)).toEqual(['other'])
    await one.refused('saveLogQuery', 403, { body: { name: 'Mine', isShared: true, search } })
    const refusal = await one.refused('saveLogQuery', 400, {
      body: { name: ' ', search: { ...every, fields: '=' } },
    })
    expect(fieldsOf(refusal)).toEqual(['body.name', 'body.search.fields'])
  })

  test('are deleted by their owner, shared ones also by an administrator', async () => {
    const [owner, other, boss] = [await person('support'), await person('support'), await person('admin')]
    const own = await owner.ok('saveLogQuery', { body: { name: 'Own', search } })
    const shared = await owner.ok('saveLogQuery', { body: { name: 'Shared', isShared: true, search } })
    await other.refused('deleteLogQuery', 404, { params: { queryId: own.id } })
    await boss.refused('deleteLogQuery', 404, { params: { queryId: own.id } })
    await other.refused('deleteLogQuery', 403, { params: { queryId: shared.id } })
    await boss.ok('deleteLogQuery', { params: { queryId: shared.id } })
    await owner.ok('deleteLogQuery', { params: { queryId: own.id } })
    expect(await names(owner)).toEqual([])
  })
})

describe('retention', () => {
  test('is set per fleet, tried out before, audited, and the job deletes', async () => {
    await seedLogLines(app.db, device, [{}, {}, {}], app.clock.now().getTime() - 3 * 86_400_000)
    await seedLogLines(app.db, device, [{}], app.clock.now().getTime() - 60_000)
    const params = { fleetId: device.fleetId }
    const before = await viewer.ok('getLogRetention', { params })
    expect(before).toMatchObject({
      limits: { days: null, bytes: null },
      defaults: { days: 30, bytes: null, linesPerDevice: 100_000 },
      usage: { lines: 4 },
    })
    expect(await viewer.ok('previewLogRetention', { params, query: { days: 2 } })).toMatchObject({ lines: 3 })
    expect(await viewer.ok('previewLogRetention', { params })).toMatchObject({ lines: 0, bytes: 0 })
    const after = await admin.ok('setLogRetention', { params, body: { days: 2, bytes: 5_000_000 } })
    expect(after.limits).toEqual({ days: 2, bytes: 5_000_000 })
    await app.runJob('prune logs')
    expect((await viewer.ok('getLogRetention', { params })).usage.lines).toBe(1)
    const audit = await admin.ok('listAudit')
    expect(audit.rows[0]).toMatchObject({ action: 'fleet.log-retention', fleetId: device.fleetId })
  })

  test('limits that make no sense are refused by field', async () => {
    const params = { fleetId: device.fleetId }
    const refusal = await admin.refused('setLogRetention', 400, { params, body: { days: 0, bytes: 10 } })
    expect(fieldsOf(refusal)).toEqual(['body.days', 'body.bytes'])
    await admin.refused('setLogRetention', 404, { params: { fleetId: 999 }, body: { days: 1, bytes: null } })
    await viewer.refused('getLogRetention', 404, { params: { fleetId: 999 } })
  })
})
