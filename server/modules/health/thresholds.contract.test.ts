import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_PREVIEW_DEVICES } from '#contract/health'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene } from '../../testing/scene.ts'

describeOnStores('limits of health', ({ open }) => {
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

  /** Devices at 62, 75, 85 and 95 °C, and one that was never heard. */
  async function heatedFleet() {
    const fleet = await scene.fleet()
    const devices = await scene.devices(fleet, 4)
    const heats = [62, 75, 85, 95]
    for (const [index, device] of devices.entries()) await device.report({ cpu_temp: heats[index] })
    await scene.devices(fleet, 1, { isSilent: true })
    const params = { fleetId: fleet.id }
    const { limits } = await scene.admin.ok('getHealthThresholds', { params })
    const health = async () => (await scene.admin.ok('getFleet', { params })).fleet.health
    return { fleet, devices, params, limits, health }
  }

  test('a preview says who would become what and changes nothing; setting the limits then does just that', async () => {
    const { devices, params, limits, health } = await heatedFleet()
    const before = await health()
    expect(before).toEqual({ critical: 1, attention: 1, unknown: 1, ok: 2 })
    const body = { ...limits, cpuTemperatureAttentionC: 70, cpuTemperatureCriticalC: 84 }
    const preview = await scene.admin.ok('previewHealthThresholds', { params, body })
    const named = (index: number): unknown[] => [
      expect.objectContaining({
        uuid: devices[index]?.uuid,
        reason: expect.stringContaining('CPU at') as unknown,
      }),
    ]
    expect(preview).toEqual({
      judged: 5,
      changing: 2,
      moves: [
        { from: 'attention', to: 'critical', count: 1, devices: named(2) },
        { from: 'ok', to: 'attention', count: 1, devices: named(1) },
      ],
    })
    expect(await health()).toEqual(before)
    expect((await scene.admin.ok('getHealthThresholds', { params })).limits).toEqual(limits)

    await scene.admin.ok('setHealthThresholds', { params, body })
    await scene.app.runJob('sweep devices')
    expect(await health()).toEqual({ critical: 2, attention: 1, unknown: 1, ok: 1 })
    // The same again would change nothing more.
    expect(await scene.admin.ok('previewHealthThresholds', { params, body })).toMatchObject({ changing: 0 })
  })

  test('milder limits move devices the other way, without a reason left', async () => {
    const { params, limits } = await heatedFleet()
    const body = { ...limits, cpuTemperatureAttentionC: 100, cpuTemperatureCriticalC: 110 }
    const { moves } = await scene.admin.ok('previewHealthThresholds', { params, body })
    expect(moves.map(({ from, to, count }) => [from, to, count])).toEqual([
      ['critical', 'ok', 1],
      ['attention', 'ok', 1],
    ])
    expect(moves[0]?.devices[0]?.reason).toBeNull()
  })

  test('every device is counted, but only some are named', async () => {
    const fleet = await scene.fleet()
    const count = MAX_PREVIEW_DEVICES + 3
    for (const device of await scene.devices(fleet, count)) await device.report({ cpu_temp: 50 })
    const params = { fleetId: fleet.id }
    const { limits } = await scene.admin.ok('getHealthThresholds', { params })
    const body = { ...limits, cpuTemperatureAttentionC: 45 }
    const { changing, moves } = await scene.admin.ok('previewHealthThresholds', { params, body })
    expect(changing).toBe(count)
    expect(moves[0]?.devices).toHaveLength(MAX_PREVIEW_DEVICES)
  })

  test('who changed them last is known, and each change is in the audit log; no change is none', async () => {
    const { params, limits } = await heatedFleet()
    expect((await scene.admin.ok('getHealthThresholds', { params })).changed).toBeNull()
    expect((await scene.admin.ok('setHealthThresholds', { params, body: limits })).changed).toBeNull()
    const manager = await scene.as('release-manager')
    const body = { ...limits, clockSkewSeconds: 30 }
    const { changed } = await manager.ok('setHealthThresholds', { params, body })
    const audit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]
    const entry = await audit()
    expect(entry).toMatchObject({
      action: 'fleet.thresholds',
      actor: changed?.actor,
      at: changed?.at,
      summary: expect.stringContaining('clockSkewSeconds 120 → 30') as unknown,
    })
    await scene.admin.ok('setHealthThresholds', { params, body: limits })
    expect((await audit())?.summary).toContain('back to the defaults')
    expect((await scene.admin.ok('getHealthThresholds', { params })).limits).toEqual(limits)
  })

  test('everybody may look at what limits would do; only release managers may set them', async () => {
    const { params, limits } = await heatedFleet()
    for (const role of ['viewer', 'support'] as const) {
      const client = await scene.as(role)
      await client.ok('getHealthThresholds', { params })
      await client.ok('previewHealthThresholds', { params, body: limits })
      await client.refused('setHealthThresholds', 403, { params, body: { ...limits, networkDrops: 9 } })
    }
    expect((await scene.admin.ok('getHealthThresholds', { params })).limits).toEqual(limits)
  })

  test('limits that cannot be are refused by name, in a preview too; so is a fleet that is not', async () => {
    const { params, limits } = await heatedFleet()
    const body = { ...limits, storageCriticalPercent: 80 }
    for (const name of ['previewHealthThresholds', 'setHealthThresholds'] as const) {
      const { errors } = await scene.admin.refused(name, 400, { params, body })
      expect(errors?.[0]?.field).toBe('body.storageCriticalPercent')
      await scene.admin.refused(name, 404, { params: { fleetId: 999_999 }, body: limits })
    }
  })
})
