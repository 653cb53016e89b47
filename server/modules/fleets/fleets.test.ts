import { decodeWallCells } from '#contract/wall-cells'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'

const MINUTE_MS = 60_000

describeOnStores('fleets', ({ open }) => {
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
  const summary = async (fleetId: number) => (await scene.admin.ok('getFleet', { params: { fleetId } })).fleet
  const lastAudit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]
  const targets = (devices: SceneDevice[]) => Promise.all(devices.map((device) => device.target()))

  test('counters, spread, reasons and the last hour are those of its devices', async () => {
    const fleet = await scene.fleet()
    const one = await scene.release(fleet.id, '1.0.0')
    const devices = await scene.devices(fleet, 4)
    const [first, second, third] = devices
    await scene.devices(fleet, 1, { isSilent: true })
    for (const device of devices.slice(0, 3)) await device.runs(one)
    const two = await scene.release(fleet.id, '2.0.0')
    await first?.runs(two)
    await second?.reports(two, 'downloading', 50)
    await third?.report({ cpu_temp: 95 })
    expect(await summary(fleet.id)).toMatchObject({
      devices: { total: 5, online: 4, late: 0, offline: 0, never: 1, updating: 1 },
      health: { critical: 1, attention: 0, unknown: 1, ok: 3 },
      targetRelease: { semver: '2.0.0' },
      lastHour: { wentOffline: 0, cameBack: 0, updated: 3, updateFailed: 0, healthWorsened: 1 },
    })
    const { topReasons, releaseSpread } = await summary(fleet.id)
    expect(topReasons).toEqual([
      { code: 'cpu-temperature', severity: 'critical', count: 1 },
      { code: 'never-seen', severity: 'unknown', count: 1 },
    ])
    expect(releaseSpread).toEqual([
      expect.objectContaining({ release: expect.objectContaining({ semver: '1.0.0' }) as unknown, count: 2 }),
      expect.objectContaining({ release: null, isOther: false, count: 2 }),
      expect.objectContaining({ release: expect.objectContaining({ semver: '2.0.0' }) as unknown, count: 1 }),
    ])
    // Silence: everybody is missed, and an hour later nobody remembers the updates.
    scene.app.clock.advance(20 * MINUTE_MS)
    await scene.app.deviceApi.sweep()
    expect((await summary(fleet.id)).devices).toMatchObject({ online: 0, offline: 4, never: 1 })
    expect((await summary(fleet.id)).lastHour.wentOffline).toBe(4)
    await first?.poll()
    expect((await summary(fleet.id)).lastHour).toMatchObject({ wentOffline: 4, cameBack: 1, updated: 3 })
    scene.app.clock.advance(61 * MINUTE_MS)
    expect((await summary(fleet.id)).lastHour).toMatchObject({ wentOffline: 0, cameBack: 0, updated: 0 })
  })

  test('a spread of many releases ends in a rest', async () => {
    const fleet = await scene.fleet()
    for (let minor = 0; minor < 10; minor++) {
      const release = await scene.release(fleet.id, `1.${minor}.0`)
      const [device] = await scene.devices(fleet, 1)
      await device?.runs(release)
    }
    const { releaseSpread } = await summary(fleet.id)
    expect(releaseSpread).toHaveLength(9)
    expect(releaseSpread.at(-1)).toEqual({ release: null, isOther: true, count: 2 })
  })

  test('the list begins with most trouble', async () => {
    const calm = await scene.fleet()
    const hot = await scene.fleet()
    const silent = await scene.fleet()
    const [device] = await scene.devices(hot, 1)
    await device?.report({ cpu_temp: 99 })
    await scene.devices(calm, 1)
    const [lost] = await scene.devices(silent, 1)
    await database.db
      .updateTable('device')
      .set({ connectivity: 'offline', health: 'attention', health_rank: 1 })
      .where('id', '=', lost?.id ?? 0)
      .execute()
    const { fleets } = await scene.admin.ok('listFleets')
    const order = fleets.map((fleet) => fleet.id).filter((id) => [calm.id, hot.id, silent.id].includes(id))
    expect(order).toEqual([hot.id, silent.id, calm.id])
  })

  test('a policy moves the targets of devices that are not pinned, and only those', async () => {
    const fleet = await scene.fleet()
    const one = await scene.release(fleet.id, '1.0.0')
    const two = await scene.release(fleet.id, '2.0.0')
    const devices = await scene.devices(fleet, 2)
    await scene.admin.ok('pinDevice', {
      params: { uuid: devices[0]?.uuid ?? '' },
      body: { releaseId: two.id },
    })
    const set = (policy: { kind: 'track-latest' } | { kind: 'pinned'; releaseId: number }) =>
      scene.admin.ok('updateFleet', { params: { fleetId: fleet.id }, body: { policy } })
    expect((await set({ kind: 'pinned', releaseId: one.id })).policy).toEqual({
      kind: 'pinned',
      releaseId: one.id,
    })
    expect(await targets(devices)).toEqual([two.id, one.id])
    expect(await lastAudit()).toMatchObject({ action: 'fleet.update', fleetId: fleet.id })
    const three = await scene.release(fleet.id, '3.0.0')
    expect(await targets(devices)).toEqual([two.id, one.id])
    expect((await set({ kind: 'track-latest' })).targetRelease?.id).toBe(three.id)
    expect(await targets(devices)).toEqual([two.id, three.id])
    const foreign = await scene.release((await scene.fleet()).id, '1.0.0')
    for (const releaseId of [foreign.id, 999_999])
      await scene.admin.refused('updateFleet', 400, {
        params: { fleetId: fleet.id },
        body: { policy: { kind: 'pinned', releaseId } },
      })
  })

  test('a fleet that tracks the latest follows the release finalised last, not the one made last', async () => {
    const fleet = await scene.fleet()
    const draft = await scene.release(fleet.id, '2.0.0', { isDraft: true })
    const later = await scene.release(fleet.id, '1.5.0')
    expect((await summary(fleet.id)).targetRelease?.id).toBe(later.id)
    scene.app.clock.advance(1000)
    await scene.admin.ok('updateRelease', { params: { releaseId: draft.id }, body: { status: 'final' } })
    expect((await summary(fleet.id)).targetRelease?.id).toBe(draft.id)
    await scene.admin.ok('updateFleet', {
      params: { fleetId: fleet.id },
      body: { policy: { kind: 'pinned', releaseId: later.id } },
    })
    await scene.admin.ok('updateFleet', {
      params: { fleetId: fleet.id },
      body: { policy: { kind: 'track-latest' } },
    })
    expect((await summary(fleet.id)).targetRelease?.id).toBe(draft.id)
  })

  test('names are unique whatever their case; a fleet goes only when it is empty', async () => {
    const fleet = await scene.fleet()
    const taken = { name: fleet.name.toUpperCase(), deviceType: 'raspberrypi5' }
    expect((await scene.admin.refused('createFleet', 409, { body: taken })).errors?.[0]?.field).toBe(
      'body.name',
    )
    const other = await scene.fleet()
    await scene.admin.refused('updateFleet', 409, {
      params: { fleetId: other.id },
      body: { name: taken.name },
    })
    expect(
      (await scene.admin.refused('createFleet', 400, { body: { name: 'Pumps', deviceType: 'toaster' } }))
        .errors?.[0]?.field,
    ).toBe('body.deviceType')
    expect(
      (await scene.admin.refused('createFleet', 400, { body: { name: 'x', deviceType: 'raspberrypi5' } }))
        .errors?.[0]?.field,
    ).toBe('body.name')
    const release = await scene.release(fleet.id, '1.0.0')
    const [device] = await scene.devices(fleet, 1)
    await device?.runs(release)
    expect(
      (await scene.admin.refused('deleteFleet', 409, { params: { fleetId: fleet.id } })).detail,
    ).toContain('1 device')
    await scene.admin.ok('deleteDevice', { params: { uuid: device?.uuid ?? '' } })
    await scene.admin.ok('deleteFleet', { params: { fleetId: fleet.id } })
    expect(await lastAudit()).toMatchObject({ action: 'fleet.delete' })
    for (const name of ['getFleet', 'getFleetWall', 'deleteFleet', 'listFleetVariables'] as const)
      await scene.admin.refused(name, 404, { params: { fleetId: fleet.id } })
  })

  test('the wall has a cell for each device', async () => {
    const fleet = await scene.fleet()
    const devices = await scene.devices(fleet, 3)
    const { cells } = await scene.admin.ok('getFleetWall', { params: { fleetId: fleet.id } })
    const ids = decodeWallCells(cells).map((cell) => cell.id)
    const params = { fleetId: fleet.id }
    const named = await scene.admin.ok('getWallDevices', { params, query: { ids } })
    const byId = new Map(named.devices.map((device) => [device.id, device.uuid]))
    expect(ids.map((id) => byId.get(id))).toEqual(devices.map((device) => device.uuid))
    const [elsewhere] = await scene.devices(await scene.fleet(), 1)
    const theirs = await scene.admin.ok('getDevice', { params: { uuid: elsewhere?.uuid ?? '' } })
    const other = { params, query: { ids: [theirs.device.id] } }
    expect((await scene.admin.ok('getWallDevices', other)).devices).toEqual([])
    expect((await scene.admin.ok('getWallDevices', { params, query: { ids: [] } })).devices).toEqual([])
  })

  test('health limits are checked, and devices judged anew by them', async () => {
    const fleet = await scene.fleet()
    const params = { fleetId: fleet.id }
    const [device] = await scene.devices(fleet, 1)
    await device?.report({ cpu_temp: 75 })
    const { limits } = await scene.admin.ok('getHealthThresholds', { params })
    expect((await summary(fleet.id)).health.ok).toBe(1)
    await scene.admin.ok('setHealthThresholds', { params, body: { ...limits, cpuTemperatureAttentionC: 70 } })
    await scene.app.runJob('sweep devices')
    expect((await summary(fleet.id)).health.attention).toBe(1)
    expect(await lastAudit()).toMatchObject({ action: 'fleet.thresholds' })
    const refusal = await scene.admin.refused('setHealthThresholds', 400, {
      params,
      body: { ...limits, cpuTemperatureAttentionC: 95 },
    })
    expect(refusal.errors?.[0]?.field).toBe('body.cpuTemperatureCriticalC')
    expect((await scene.admin.ok('listHealthRules')).rules.length).toBeGreaterThan(10)
    expect((await scene.admin.ok('listDeviceTypes')).deviceTypes.length).toBeGreaterThan(5)
  })

  test('fleet variables are set, changed, removed, and told apart by service', async () => {
    const fleet = await scene.fleet()
    const params = { fleetId: fleet.id }
    const set = (value: string, service: string | null = null) =>
      scene.admin.ok('setFleetVariable', {
        params,
        body: { kind: 'environment', name: 'RATE', value, service },
      })
    const first = await set('1')
    expect(await set('2')).toMatchObject({ id: first.id, value: '2', scope: 'fleet' })
    await set('3', 'main')
    expect(
      (await scene.admin.ok('listFleetVariables', { params })).variables.map((variable) => variable.value),
    ).toEqual(['2', '3'])
    await scene.admin.ok('deleteFleetVariable', { params: { ...params, variableId: first.id } })
    await scene.admin.refused('deleteFleetVariable', 404, { params: { ...params, variableId: first.id } })
    expect(await lastAudit()).toMatchObject({ action: 'variable.delete', fleetId: fleet.id })
  })
})
