import { sql, type KyselyPlugin, type PluginTransformQueryArgs, type PluginTransformResultArgs } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scene } from '../../testing/scene.ts'
import { readTimeline } from './timeline.module.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene.close())

const HOUR = 3_600_000
const lastHour = () => {
  const nowMs = scene.app.clock.now().getTime()
  return { from: new Date(nowMs - HOUR).toISOString(), to: new Date(nowMs).toISOString() }
}
const read = async (uuid: string, query = lastHour()) =>
  scene.admin.ok('getDeviceTimeline', { params: { uuid }, query })

test('what a device did and what people did to it stand on their lanes', async () => {
  const fleet = await scene.fleet()
  const release = await scene.release(fleet.id, '1.0.0')
  const [device] = await scene.devices(fleet, 1)
  if (!device) throw new Error('no device')
  await device.runs(release)
  const params = { uuid: device.uuid }
  await scene.admin.ok('setDeviceTag', { params: { ...params, key: 'site' }, body: { value: 'roof' } })
  await scene.admin.ok('setDeviceVariable', {
    params,
    body: { kind: 'environment', name: 'RATE', value: '5' },
  })
  await scene.admin.ok('setFleetVariable', {
    params: { fleetId: fleet.id },
    body: { kind: 'environment', name: 'SHARED', value: '5' },
  })
  await scene.admin.ok('createAction', { params, body: { kind: 'identify' } })
  scene.app.clock.advance(30_000)
  const timeline = await read(device.uuid)
  const marksOf = (id: string) => timeline.lanes.find((lane) => lane.id === id)?.marks ?? []
  expect(marksOf('release').at(-1)).toMatchObject({ label: '1.0.0', isOpenEnd: true })
  expect(marksOf('connectivity').at(-1)).toMatchObject({ label: 'Online' })
  expect(marksOf('service:main').at(-1)).toMatchObject({ label: 'Runs', tone: 'ok' })
  const changes = JSON.stringify(marksOf('change'))
  for (const words of ['site', 'RATE', 'SHARED', 'Registered']) expect(changes).toContain(words)
  expect(marksOf('action')[0]).toMatchObject({ label: 'identify: unsupported' })
})

/** Counts the statements that are sent through it. */
class Counter implements KyselyPlugin {
  count = 0
  transformQuery({ node }: PluginTransformQueryArgs) {
    this.count++
    return node
  }
  transformResult({ result }: PluginTransformResultArgs) {
    return Promise.resolve(result)
  }
}

test('a month of dense history is told in as many marks as a screen has room for, by the same five statements', async () => {
  const fleet = await scene.fleet()
  const [device] = await scene.devices(fleet, 1)
  if (!device) throw new Error('no device')
  const { db, clock } = scene.app
  const now = clock.now()
  await sql`
    update device set created_at = ${new Date(now.getTime() - 40 * 24 * HOUR)} where uuid = ${device.uuid}`.execute(
    db,
  )
  await sql`
    insert into device_event (at, device_id, fleet_id, kind, summary, data)
    select ${now}::timestamptz - n * interval '4 minutes', d.id, d.fleet_id, 'service', 'main exited', '{"service": "main", "times": 2, "exitCode": 1}'
    from device d, generate_series(1, 10000) n where d.uuid = ${device.uuid}`.execute(db)
  const month = {
    from: new Date(now.getTime() - 30 * 24 * HOUR).toISOString(),
    to: now.toISOString(),
  }
  const timeline = await read(device.uuid, month)
  const service = timeline.lanes.find((lane) => lane.id === 'service:main')
  // 4 minutes apart: one loop, from the first restart of the range to the last, none of them lost.
  const loop = service?.marks.find((mark) => mark.label.startsWith('Crash loop'))
  expect(loop?.count).toBe(2 * 10_000)

  const counter = new Counter()
  const deps = { db: db.withPlugin(counter), now: () => now }
  for (const days of [1 / 24, 30]) {
    counter.count = 0
    await readTimeline(deps, device.uuid, new Date(now.getTime() - days * 24 * HOUR), now)
    expect(counter.count, `statements for ${String(days)} days`).toBe(5)
  }
})

test('a range that is none, or of a device that is not there, is refused in words', async () => {
  const fleet = await scene.fleet()
  const [device] = await scene.devices(fleet, 1)
  if (!device) throw new Error('no device')
  const { from, to } = lastHour()
  const ask = (uuid: string, query: { from: string; to: string }, status: number) =>
    scene.admin.refused('getDeviceTimeline', status, { params: { uuid }, query })
  expect((await ask(device.uuid, { from: to, to: from }, 400)).errors?.[0]?.field).toBe('query.to')
  expect((await ask(device.uuid, { from: '2020-01-01T00:00:00Z', to }, 400)).errors?.[0]?.field).toBe(
    'query.from',
  )
  await ask('0'.repeat(32), { from, to }, 404)
})
