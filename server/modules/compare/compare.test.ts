import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CompareRow } from '#contract/device-compare'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'

describeOnStores('comparing devices', ({ open }) => {
  let database: Database
  let scene: Scene
  let devices: SceneDevice[] = []
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
    const fleet = await scene.fleet()
    devices = await scene.devices(fleet, 11)
    const [odd, ...even] = devices
    const release = await scene.release(fleet.id, '1.0.0')
    for (const device of devices.slice(0, 3)) await device.runs(release)
    const { db } = database
    await sql`update device set tags = '{"site": "roof"}', os_version = '6.5.3', cpu_percent = 20 + id % 5, memory_used_mib = 500
      where id = any(${even.map(({ id }) => id)}::bigint[])`.execute(db)
    await sql`update device set tags = '{"site": "cellar"}', os_version = '6.0.24', cpu_percent = 97, memory_used_mib = 500
      where id = ${odd?.id}`.execute(db)
    await sql`insert into device_event (at, device_id, fleet_id, kind, severity, summary, data)
      select ${new Date(scene.app.clock.now().getTime() - 3_600_000)}, ${odd?.id}, ${fleet.id}, 'service', 'attention', 'main exited', '{"service": "main", "times": 3}'
      from generate_series(1, 4)`.execute(db)
    const away = new Date(scene.app.clock.now().getTime() - 2 * 3_600_000)
    await sql`insert into device_event (at, device_id, fleet_id, kind, severity, summary, data) values
      (${away}, ${odd?.id}, ${fleet.id}, 'connectivity', 'attention', 'Went offline', '{"to": "offline"}'),
      (${new Date(away.getTime() + 600_000)}, ${odd?.id}, ${fleet.id}, 'connectivity', 'ok', 'Came back', '{"to": "online", "from": "offline"}')`.execute(
      db,
    )
    const variable = (name: string, value: string) => ({ kind: 'environment' as const, name, value })
    await scene.admin.ok('setFleetVariable', { params: { fleetId: fleet.id }, body: variable('RATE', '5') })
    const params = { uuid: odd?.uuid ?? '' }
    await scene.admin.ok('setDeviceVariable', { params, body: variable('RATE', '50') })
    await scene.admin.ok('setDeviceVariable', { params, body: variable('API_TOKEN', 'hush') })
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })

  const uuidOf = (index: number) => devices[index]?.uuid ?? ''
  const find = (rows: CompareRow[], group: string, label: string) =>
    rows.find((row) => row.group === group && row.label === label)

  test('against its fleet: what most have and how many, and where its figures fall', async () => {
    const { against, rows } = await scene.admin.ok('compareDevice', { params: { uuid: uuidOf(0) } })
    expect(against).toMatchObject({ kind: 'fleet', devices: 11, sampled: 11 })
    expect(find(rows, 'software', 'Host OS')).toMatchObject({
      own: '6.0.24',
      other: '6.5.3',
      isDifferent: true,
      share: { devices: 10, of: 11 },
    })
    expect(find(rows, 'tags', 'site')).toMatchObject({ own: 'cellar', other: 'roof', isDifferent: true })
    const cpu = find(rows, 'metrics', 'CPU')
    expect(cpu).toMatchObject({ own: 97, isDifferent: true, unit: 'percent' })
    expect(cpu?.spread?.median).toBeLessThan(25)
    expect(cpu?.spread?.below).toBeCloseTo(10 / 11)
    expect(find(rows, 'metrics', 'Memory used')).toMatchObject({ own: 500, other: 500, isDifferent: false })
    expect(find(rows, 'events', 'Service restarts')).toMatchObject({ own: 12, other: 0, isDifferent: true })
    expect(find(rows, 'events', 'Times offline')).toMatchObject({ own: 1, other: 0, isDifferent: true })
    expect(find(rows, 'events', 'Time offline')).toMatchObject({ own: 600_000, unit: 'duration' })
    expect(find(rows, 'variables', 'RATE')).toMatchObject({ own: '50', other: '5', isDifferent: true })
  })

  test('secrets are never told, only that they differ; a viewer is told no variables', async () => {
    const answer = await scene.admin.send('compareDevice', { params: { uuid: uuidOf(0) } })
    expect(answer.body).not.toContain('hush')
    const { rows } = await scene.admin.ok('compareDevice', { params: { uuid: uuidOf(0) } })
    expect(find(rows, 'variables', 'API_TOKEN')).toMatchObject({
      other: null,
      isMasked: true,
      isDifferent: true,
    })
    const viewer = await scene.as('viewer')
    const seen = await viewer.ok('compareDevice', { params: { uuid: uuidOf(0) } })
    expect(seen.hasVariables).toBe(false)
    expect(seen.rows.filter((row) => row.group === 'variables')).toEqual([])
  })

  test('against another device: the same rows, each value beside the other', async () => {
    const { against, rows } = await scene.admin.ok('compareDevice', {
      params: { uuid: uuidOf(1) },
      query: { with: uuidOf(5), days: 7 },
    })
    expect(against).toMatchObject({ kind: 'device', uuid: uuidOf(5) })
    expect(find(rows, 'software', 'Release')).toMatchObject({ own: '1.0.0', other: null, isDifferent: true })
    expect(find(rows, 'services', 'main')).toMatchObject({ other: null, isDifferent: true })
    expect(find(rows, 'software', 'Host OS')).toMatchObject({ isDifferent: false })
    expect(rows.every((row) => row.spread === null)).toBe(true)
    const mirrored = await scene.admin.ok('compareDevice', {
      params: { uuid: uuidOf(5) },
      query: { with: uuidOf(1), days: 7 },
    })
    expect(mirrored.rows.map((row) => [row.label, row.own, row.other])).toEqual(
      rows.map((row) => [row.label, row.other, row.own]),
    )
  })

  test('what cannot be compared is refused with its field', async () => {
    const params = { uuid: uuidOf(0) }
    const field = async (query: Record<string, unknown>) =>
      (await scene.admin.refused('compareDevice', 400, { params, query })).errors?.[0]?.field
    expect(await field({ with: '0'.repeat(32) })).toBe('query.with')
    expect(await field({ with: 'x' })).toBe('query.with')
    expect(await field({ days: 3 })).toBe('query.days')
    await scene.admin.refused('compareDevice', 404, { params: { uuid: '0'.repeat(32) } })
  })
})
