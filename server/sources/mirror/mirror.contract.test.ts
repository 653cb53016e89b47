import { expect, test, vi } from 'vitest'
import { describeOnStores } from '../../testing/databases.ts'
import { mirrorScene, one, pumps, reportOf, two, uuidOf } from '../../testing/mirror-scene.ts'

describeOnStores('a mirrored source', ({ open }) => {
  const on = mirrorScene(open)

  test('fleets, releases, devices and tags are answered as they are there', async () => {
    on.source.changeDevice(uuidOf('pump 2'), { tags: { site: 'north' }, pin: two })
    on.source.addRelease(on.release('3.0.0', { status: 'draft', finalisedAt: null, notes: 'Faster' }))
    on.source.addDevice(
      on.device('pump 5', { connectivity: 'never', connectivityChangedAt: null, report: {} }),
    )
    await on.look()
    const { fleets } = await on.scene.admin.ok('listFleets')
    expect(fleets).toMatchObject([
      { name: 'Pumps', uuid: pumps, policy: { kind: 'pinned' }, deviceType: { slug: 'raspberrypi4-64' } },
    ])
    const { rows: releases } = await on.scene.admin.ok('listReleases', { query: { fleetId: on.fleetId } })
    expect(new Map(releases.map(({ semver, status }) => [semver, status]))).toEqual(
      new Map([
        ['1.0.0', 'final'],
        ['2.0.0', 'final'],
        ['3.0.0', 'draft'],
      ]),
    )
    expect(await on.rows()).toMatchObject([
      {
        name: 'pump 1',
        connectivity: 'online',
        currentRelease: { semver: '1.0.0' },
        osVersion: 'balenaOS 6.4.0',
      },
      { name: 'pump 2', tags: { site: 'north' }, isPinned: true, targetRelease: { semver: '2.0.0' } },
      { name: 'pump 3', isPinned: false, targetRelease: { semver: '1.0.0' } },
      { name: 'pump 4' },
      { name: 'pump 5', connectivity: 'never', lastSeenAt: null, currentRelease: null },
    ])
    expect(on.source.fullReads).toBe(1)
    expect(on.source.pinBatches).toEqual([])
  })

  test('reports move what a device does; it is as alive as its heartbeat says, and was heard last when it fell silent', async () => {
    const uuid = uuidOf('pump 1')
    on.source.reports(uuid, { ...reportOf(one, { commit: two, percent: 40 }), cpu_temp: 61 })
    on.source.changeDevice(uuid, { pin: two })
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({
      updateState: 'downloading',
      updatePercent: 40,
      cpuTemperatureC: 61,
      targetRelease: { semver: '2.0.0' },
    })
    const silentAt = '2026-01-15T11:40:00.000Z'
    on.source.changeDevice(uuid, { connectivity: 'offline', connectivityChangedAt: new Date(silentAt) })
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({
      connectivity: 'offline',
      connectivityChangedAt: silentAt,
      lastSeenAt: silentAt,
      reasons: [{ code: 'offline' }],
    })
    on.source.changeDevice(uuid, { connectivity: 'online', connectivityChangedAt: on.scene.app.clock.now() })
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({ connectivity: 'online', reasons: [] })
    // Time alone makes nobody offline whose backend says that it polls.
    on.scene.app.clock.advance(86_400_000)
    await on.scene.app.runJob('check-devices').catch(() => undefined)
    await on.look()
    expect(await on.row('pump 1')).toMatchObject({ connectivity: 'online' })
  })

  test('a restart counter that ran before it was looked at first is no crash loop; one that runs on is', async () => {
    on.source.addDevice(on.device('pump 5', { tags: { 'service.main.restarts': '40', site: 'north' } }))
    await on.look()
    const found = await on.row('pump 5')
    expect(found).toMatchObject({ health: 'ok', reasons: [] })
    expect(found.tags).toEqual({ site: 'north' })
    on.source.changeDevice(uuidOf('pump 5'), { tags: { 'service.main.restarts': '60', site: 'north' } })
    await on.look()
    expect((await on.row('pump 5')).reasons.map(({ code }) => code)).toEqual(['service-crash-loop'])
  })

  test('variables are those of the source; what goes there goes here', async () => {
    const variable = {
      kind: 'environment' as const,
      fleetUuid: pumps,
      deviceUuid: null,
      service: null,
      name: 'RATE',
      value: '5',
    }
    const own = { ...variable, deviceUuid: uuidOf('pump 1'), value: '7' }
    const ofService = { ...variable, service: 'main', name: 'LEVEL', value: 'debug' }
    const fleetVariables = async () =>
      (await on.scene.admin.ok('listFleetVariables', { params: { fleetId: on.fleetId } })).variables
    const ownVariables = async () =>
      (
        await on.scene.admin.ok('listDeviceVariables', { params: { uuid: uuidOf('pump 1') } })
      ).variables.filter(({ isEffective }) => isEffective)
    on.source.setVariables([variable, own, ofService])
    await on.look()
    expect(await fleetVariables()).toMatchObject([
      { name: 'LEVEL', value: 'debug', service: 'main' },
      { name: 'RATE', value: '5', service: null },
    ])
    expect((await ownVariables()).find(({ name }) => name === 'RATE')).toMatchObject({ value: '7' })
    on.source.setVariables([{ ...variable, value: '6' }])
    await on.look()
    expect(await fleetVariables()).toMatchObject([{ name: 'RATE', value: '6' }])
    expect(await ownVariables()).toMatchObject([{ name: 'RATE', value: '6' }])
  })

  test('what was renamed, moved or pinned there is so here', async () => {
    const boats = uuidOf('boats')
    on.source.addFleet({
      ...on.source.fleetNow(pumps),
      uuid: boats,
      name: 'pumps',
      target: { kind: 'track-latest', commit: null },
    })
    on.source.changeDevice(uuidOf('pump 1'), { pin: two })
    await on.look()
    on.source.changeDevice(uuidOf('pump 1'), {
      name: 'boat 1',
      fleetUuid: boats,
      pin: null,
      report: reportOf(null),
    })
    await on.look()
    const row = await on.row('pump 1')
    // Another organisation there has a fleet of the same name.
    expect(row).toMatchObject({
      name: 'boat 1',
      fleetName: `pumps ${boats.slice(0, 7)}`,
      isPinned: false,
      targetRelease: null,
    })
    expect(await on.summaries('pump 1')).toContain(`Moved to this fleet, at ${on.source.name}`)
  })

  test('devices that vanish are removed, but not when most vanish at once', async () => {
    for (let index = 5; index <= 16; index++) on.source.addDevice(on.device(`pump ${index}`))
    await on.look()
    on.source.removeDevices([uuidOf('pump 16')])
    await on.look(600_000)
    expect(await on.rows()).toHaveLength(15)
    await on.scene.admin.refused('getDevice', 404, { params: { uuid: uuidOf('pump 16') } })
    const kept = on.source.uuids.slice(0, 12).map((uuid) => on.source.deviceNow(uuid))
    on.source.removeDevices(kept.map(({ uuid }) => uuid))
    on.scene.app.clock.advance(600_000)
    await vi.waitFor(async () =>
      expect((await on.reading()).problem).toMatchObject({
        code: 'rights',
        sentence: expect.stringContaining('12 of 15 devices are no longer listed') as string,
      }),
    )
    // The rest is read on.
    on.source.changeDevice(uuidOf('pump 15'), { name: 'last pump' })
    on.scene.app.clock.advance(31_000)
    await vi.waitFor(async () => expect((await on.row('pump 15')).name).toBe('last pump'))
    expect(await on.reading()).toMatchObject({ state: 'failing', problem: { code: 'rights' } })
    expect(await on.rows()).toHaveLength(15)
    for (const device of kept) on.source.addDevice(device)
    await on.look(600_000)
    expect(await on.rows()).toHaveLength(15)
  })

  test('a gateway that starts again reads all again and doubles nothing', async () => {
    const before = { rows: await on.rows(), events: await on.summaries('pump 1') }
    await on.stop()
    on.source.changeDevice(uuidOf('pump 2'), { name: 'renamed meanwhile' })
    await on.start()
    await on.look()
    const rows = await on.rows()
    expect(on.source.fullReads).toBe(2)
    const kept = (all: typeof rows) => all.filter(({ uuid }) => uuid !== uuidOf('pump 2'))
    expect(kept(rows)).toEqual(kept(before.rows))
    expect(rows.map(({ name }) => name)).toEqual(['pump 1', 'pump 3', 'pump 4', 'renamed meanwhile'])
    expect(await on.summaries('pump 1')).toEqual(before.events)
    expect((await on.scene.admin.ok('listReleases', { query: { fleetId: on.fleetId } })).rows).toHaveLength(2)
  })

  test('a source that forgot what changed is read whole again', async () => {
    on.source.forgetPositions()
    on.source.changeDevice(uuidOf('pump 3'), { name: 'other' })
    await on.look()
    expect(on.source.fullReads).toBe(2)
    expect((await on.row('pump 3')).name).toBe('other')
  })
})
