import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import { Scene, type SceneDevice } from '../../testing/scene.ts'

describe('one device', () => {
  let scene: Scene
  let fleet: FleetSummary
  let release: ReleaseDetail
  let device: SceneDevice
  beforeAll(async () => {
    scene = await Scene.open()
  })
  afterAll(() => scene.close())
  beforeEach(async () => {
    fleet = await scene.fleet()
    release = await scene.release(fleet.id, '1.0.0')
    device = (await scene.devices(fleet, 1))[0]!
  })
  const params = () => ({ uuid: device.uuid })
  const read = async () => (await scene.admin.ok('getDevice', { params: params() })).device
  const lastAudit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]
  const events = async () => (await scene.admin.ok('listDeviceEvents', { params: params() })).rows

  test('shows its layers, services and target', async () => {
    await device.runs(release)
    const shown = await read()
    expect(shown.layers.map((layer) => layer.name)).toEqual([
      'Hardware',
      'Network',
      'Host OS',
      'Engine',
      'Supervisor',
      'main',
    ])
    expect(shown.services).toEqual([
      expect.objectContaining({
        name: 'main',
        status: 'Running',
        shouldRun: true,
        releaseCommit: release.commit,
      }),
    ])
    expect(shown).toMatchObject({
      connectivity: 'online',
      updateState: 'idle',
      targetRelease: { semver: '1.0.0' },
      currentRelease: { semver: '1.0.0' },
      isPinned: false,
    })
  })

  test('a name is changed; the same again is no change', async () => {
    expect(await scene.admin.ok('updateDevice', { params: params(), body: { name: 'roof' } })).toMatchObject({
      name: 'roof',
    })
    expect(await lastAudit()).toMatchObject({ action: 'device.update', subjectId: device.uuid })
    expect((await events())[0]?.summary).toBe('Renamed to roof')
    const before = await lastAudit()
    await scene.admin.ok('updateDevice', { params: params(), body: { name: 'roof' } })
    expect(await lastAudit()).toEqual(before)
    for (const name of ['', 'two\nlines', 'x'.repeat(256), 'nul\0'])
      expect(
        (await scene.admin.refused('updateDevice', 400, { params: params(), body: { name } })).errors?.[0]
          ?.field,
      ).toBe('body.name')
  })

  test('a pin holds whatever the fleet does, and ends with it', async () => {
    const draft = await scene.release(fleet.id, '2.0.0', { isDraft: true })
    const pinned = await scene.admin.ok('pinDevice', { params: params(), body: { releaseId: draft.id } })
    expect(pinned).toMatchObject({ isPinned: true, targetRelease: { id: draft.id }, updateState: 'waiting' })
    const next = await scene.release(fleet.id, '3.0.0')
    expect(await device.target()).toBe(draft.id)
    await scene.admin.ok('pinDevice', { params: params(), body: { releaseId: null } })
    expect(await device.target()).toBe(next.id)
    const foreign = await scene.release((await scene.fleet()).id, '1.0.0')
    const narrow = await scene.release(fleet.id, '4.0.0', { deviceTypes: ['raspberrypi5'], isDraft: true })
    for (const releaseId of [foreign.id, narrow.id, 999_999])
      expect(
        (await scene.admin.refused('pinDevice', 400, { params: params(), body: { releaseId } })).errors?.[0]
          ?.field,
      ).toBe('body.releaseId')
  })

  test('tags are set, changed and removed', async () => {
    await scene.admin.ok('setDeviceTag', { params: { ...params(), key: 'site' }, body: { value: 'north' } })
    const tagged = await scene.admin.ok('setDeviceTag', {
      params: { ...params(), key: 'site' },
      body: { value: '<b>south</b>' },
    })
    expect(tagged.tags).toEqual({ site: '<b>south</b>' })
    expect((await scene.admin.ok('deleteDeviceTag', { params: { ...params(), key: 'site' } })).tags).toEqual(
      {},
    )
    await scene.admin.refused('deleteDeviceTag', 404, { params: { ...params(), key: 'site' } })
    await scene.admin.refused('setDeviceTag', 400, {
      params: { ...params(), key: 'update.bytes' },
      body: { value: '1' },
    })
    for (let index = 0; index < 100; index++)
      await scene.admin.ok('setDeviceTag', { params: { ...params(), key: `t${index}` }, body: { value: '' } })
    const refusal = await scene.admin.refused('setDeviceTag', 409, {
      params: { ...params(), key: 'one-more' },
      body: { value: '' },
    })
    expect(refusal.code).toBe('too-many-tags')
  })

  test('variables win by how special they are', async () => {
    const name = 'RATE'
    const set = (value: string, service: string | null, isOfDevice: boolean) =>
      isOfDevice
        ? scene.admin.ok('setDeviceVariable', {
            params: params(),
            body: { kind: 'environment', service, name, value },
          })
        : scene.admin.ok('setFleetVariable', {
            params: { fleetId: fleet.id },
            body: { kind: 'environment', service, name, value },
          })
    await set('1', null, false)
    await set('2', 'main', false)
    const own = await set('3', null, true)
    await set('4', 'main', true)
    const list = async () => (await scene.admin.ok('listDeviceVariables', { params: params() })).variables
    const effective = async () =>
      (await list()).filter((variable) => variable.isEffective).map(({ scope, value }) => [scope, value])
    expect(await effective()).toEqual([
      ['device', '3'],
      ['device-service', '4'],
    ])
    await scene.admin.ok('deleteDeviceVariable', { params: { ...params(), variableId: own.id } })
    expect(await effective()).toEqual([
      ['fleet', '1'],
      ['device-service', '4'],
    ])
    const inherited = (await list()).find((variable) => variable.scope === 'fleet')
    await scene.admin.refused('deleteDeviceVariable', 404, {
      params: { ...params(), variableId: inherited?.id ?? 0 },
    })
    for (const [body, field] of [
      [{ kind: 'environment', name: '1ST', value: '' }, 'body.name'],
      [{ kind: 'environment', name: 'A B', value: '' }, 'body.name'],
      [{ kind: 'environment', name: 'A', value: 'nul\0' }, 'body.value'],
    ] as const)
      expect(
        (await scene.admin.refused('setDeviceVariable', 400, { params: params(), body })).errors?.[0]?.field,
      ).toBe(field)
  })

  test('a deleted device is gone with all that was known of it, and may register anew', async () => {
    await device.report({ cpu_usage: 5, cpu_temp: 40 })
    await scene.admin.ok('deleteDevice', { params: params() })
    for (const name of ['getDevice', 'listDeviceEvents', 'deleteDevice'] as const)
      await scene.admin.refused(name, 404, { params: params() })
    expect(await lastAudit()).toMatchObject({ action: 'device.delete', subjectId: device.uuid })
    const report = await scene.app.app.inject({
      method: 'PATCH',
      url: '/device/v3/state',
      headers: { authorization: `Bearer ${device.key}` },
      payload: { [device.uuid]: { status: 'Idle' } },
    })
    expect(report.statusCode).toBe(401)
    const key = await scene.admin.ok('createProvisioningKey', {
      params: { fleetId: fleet.id },
      body: { name: 'again' },
    })
    const again = await scene.app.app.inject({
      method: 'POST',
      url: '/device/register',
      headers: { authorization: `Bearer ${key.secret}` },
      payload: {
        application: fleet.id,
        uuid: device.uuid,
        device_type: 'raspberrypi4-64',
        api_key: device.key,
      },
    })
    expect(again.statusCode).toBe(201)
    expect(await read()).toMatchObject({ connectivity: 'never', tags: {} })
    expect((await events()).map((event) => event.kind)).toEqual(['registered'])
  })

  test('events are paged and narrowed by kind', async () => {
    for (const value of ['1', '2', '3'])
      await scene.admin.ok('setDeviceTag', { params: { ...params(), key: 'a' }, body: { value } })
    const all = await events()
    const seen: number[] = []
    let after: string | undefined
    do {
      const page = await scene.admin.ok('listDeviceEvents', { params: params(), query: { limit: 2, after } })
      seen.push(...page.rows.map((row) => row.id))
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(seen).toEqual(all.map((event) => event.id))
    const tags = await scene.admin.ok('listDeviceEvents', { params: params(), query: { kind: ['tag'] } })
    expect(tags.rows).toHaveLength(3)
  })

  test('metrics are averaged by bucket, with the time it was away', async () => {
    const from = scene.app.clock.now()
    await device.report({ cpu_usage: 10, memory_usage: 100, memory_total: 400 })
    scene.app.clock.advance(60_000)
    await device.report({ cpu_usage: 30 })
    scene.app.clock.advance(3_600_000)
    await scene.app.deviceApi.sweep()
    const to = scene.app.clock.now()
    const query = { from: from.toISOString(), to: to.toISOString(), points: 10 }
    const series = await scene.admin.ok('getDeviceMetrics', { params: params(), query })
    expect(series.points[0]).toMatchObject({ cpuPercent: 20, memoryUsedMib: 100, memoryTotalMib: 400 })
    expect(series.offline).toHaveLength(1)
    const refusal = await scene.admin.refused('getDeviceMetrics', 400, {
      params: params(),
      query: { from: query.to, to: query.from },
    })
    expect(refusal.errors?.[0]?.field).toBe('query.to')
  })

  test('an action is asked once and told what became of it', async () => {
    const asked = await scene.admin.ok('createAction', { params: params(), body: { kind: 'reboot' } })
    expect(asked).toMatchObject({ kind: 'reboot', deviceUuid: device.uuid })
    expect(await lastAudit()).toMatchObject({ action: 'device.reboot' })
    expect((await scene.admin.ok('listActions', { params: params() })).actions[0]?.id).toBe(asked.id)
    await scene.admin.refused('createAction', 400, { params: params(), body: { kind: 'stop-service' } })
    await scene.admin.refused('createAction', 404, {
      params: { uuid: 'e'.repeat(32) },
      body: { kind: 'reboot' },
    })
  })
})
