import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'

describeOnStores('health explained', ({ open }) => {
  let database: Database
  let scene: Scene
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })
  const explain = (uuid: string) => scene.admin.ok('explainDeviceHealth', { params: { uuid } })

  test('who else shows a reason is counted by fleet, release and type', async () => {
    const fleet = await scene.fleet()
    const old = await scene.release(fleet.id, '1.0.0')
    const devices = await scene.devices(fleet, 3)
    const [other] = await scene.devices(fleet, 1, { deviceType: 'raspberrypi5' })
    for (const device of [...devices, ...(other ? [other] : [])]) await device.runs(old)
    const young = await scene.release(fleet.id, '2.0.0')
    const [first, second] = devices
    await first?.runs(young)
    await first?.report({ cpu_temp: 95 })
    await second?.report({ cpu_temp: 85 })
    // Another fleet does not count.
    const elsewhere = await scene.fleet()
    await (await scene.devices(elsewhere, 1))[0]?.report({ cpu_temp: 99 })

    const { health, reasons } = await explain(first?.uuid ?? '')
    expect(health).toBe('critical')
    const [hot] = reasons
    expect(hot?.reason).toMatchObject({ code: 'cpu-temperature', evidence: 'CPU at 95 °C, limit 90 °C' })
    expect(hot?.rule).toContain('critical from 90 °C')
    expect(hot?.limits).toContainEqual({ key: 'cpuTemperatureCriticalC', value: 90, isDefault: true })
    expect(hot?.help.length).toBeGreaterThan(1)
    expect(hot?.spread).toEqual({
      fleet: { count: 2, of: 4 },
      release: { id: young.id, semver: '2.0.0', same: { count: 1, of: 1 }, others: { count: 1, of: 3 } },
      deviceType: { slug: 'raspberrypi4-64', same: { count: 2, of: 3 }, others: { count: 0, of: 1 } },
    })
  })

  test('the change before a reason is named, with what leads to it', async () => {
    const fleet = await scene.fleet()
    const release = await scene.release(fleet.id, '1.0.0')
    const [device] = await scene.devices(fleet, 1)
    await device?.runs(release)
    scene.app.clock.advance(60_000)
    await device?.report({ cpu_temp: 95 })
    const changeOf = async () => (await explain(device?.uuid ?? '')).reasons[0]?.change
    expect(await changeOf()).toMatchObject({ kind: 'release', releaseId: release.id, beforeMs: 60_000 })

    await device?.report({ cpu_temp: 50 })
    const body = { kind: 'environment' as const, name: 'RATE', value: '9' }
    await scene.admin.ok('setFleetVariable', { params: { fleetId: fleet.id }, body })
    scene.app.clock.advance(20_000)
    await device?.report({ cpu_temp: 95 })
    const variable = await changeOf()
    expect(variable).toMatchObject({
      kind: 'variable',
      summary: 'the variable RATE was changed for the fleet',
      variable: { name: 'RATE', scope: 'fleet' },
      beforeMs: 20_000,
    })
    expect(variable?.actor).not.toBeNull()
  })

  test('a device that is well has no reasons; one that is unknown is not found', async () => {
    const [device] = await scene.devices(await scene.fleet(), 1)
    expect(await explain(device?.uuid ?? '')).toEqual({ health: 'ok', reasons: [] })
    await scene.admin.refused('explainDeviceHealth', 404, { params: { uuid: 'f'.repeat(32) } })
  })
})
