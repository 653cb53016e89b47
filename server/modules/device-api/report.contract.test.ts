import { describe, expect, test } from 'vitest'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { seedDevice, seedFleet, seedRelease, seedUuid } from '../../testing/fleet-seed.ts'

const t = deviceApiFixture()

describe('row 7: state reports', () => {
  test('fields that are missing stay, null means off', async () => {
    const first = await t.calls.report(t.device, {
      status: 'Idle',
      os_version: 'balenaOS 6.5.3',
      cpu_usage: 42,
      cpu_temp: 51,
      memory_usage: 300,
      memory_total: 1000,
      is_undervolted: false,
      logs_channel: null,
      api_secret: 'a'.repeat(32),
    })
    expect([first.status, first.text]).toEqual([200, ''])
    await t.calls.report(t.device, { cpu_usage: null, ip_address: '10.0.0.7 fe80::1' })
    expect(await t.stored()).toMatchObject({
      status: 'Idle',
      os_version: 'balenaOS 6.5.3',
      cpu_percent: null,
      cpu_temperature_c: 51,
      memory_used_mib: 300,
      ip_address: '10.0.0.7 fe80::1',
    })
  })
  test('texts are cut to upstream’s lengths, numbers clamped, odd values ignored', async () => {
    const mac = Array.from({ length: 60 }, () => '00:11:22:33:44:55').join(' ')
    const reply = await t.calls.report(t.device, {
      status: 's'.repeat(90),
      os_version: 'o'.repeat(90),
      supervisor_version: '1'.repeat(90),
      mac_address: mac,
      memory_total: 1e12,
      cpu_temp: 51.9,
      os_variant: 'secret',
      cpu_id: 'ABC',
      provisioning_progress: 33.3,
    })
    expect(reply.status).toBe(200)
    const row = await t.stored()
    expect(row).toMatchObject({
      status: 's'.repeat(50),
      os_version: 'o'.repeat(70),
      supervisor_version: '1'.repeat(20),
      memory_total_mib: 2_147_483_647,
      cpu_temperature_c: 51,
      os_variant: null,
      cpu_id: 'abc',
      provisioning_progress: 33,
    })
    expect(row.mac_address?.length).toBeLessThanOrEqual(900)
    expect(row.mac_address).toMatch(/:55$/)
    await t.calls.report(t.device, { cpu_id: '\u0001' })
    expect(await t.stored()).toMatchObject({ cpu_id: 'abc' })
  })
  test('text that no database holds is mended, not refused', async () => {
    const reply = await t.calls.report(t.device, {
      status: 'a\u0000b',
      os_version: `${'o'.repeat(69)}😀`,
      ip_address: '\ud800',
    })
    expect(reply.status).toBe(200)
    expect(await t.stored()).toMatchObject({
      status: 'ab',
      os_version: `${'o'.repeat(69)}\ufffd`,
      ip_address: '\ufffd',
    })
    expect((await t.calls.tags(t.device, { 'no\u0000te': '\udc00x' })).status).toBe(200)
    expect((await t.stored()).tags).toEqual({ note: '\ufffdx' })
  })
  test('`apps` is whole: a service that is not named is gone, a report without `apps` changes none', async () => {
    await t.calls.report(t.device, { apps: t.appsOf({ main: 'Running', side: 'Running' }) })
    expect((await t.services()).map((row) => row.name)).toEqual(['main', 'side'])
    await t.calls.report(t.device, { status: 'Idle' })
    expect(await t.services()).toHaveLength(2)
    await t.calls.report(t.device, { apps: t.appsOf({ main: 'Running' }) })
    expect((await t.services()).map((row) => row.name)).toEqual(['main'])
    await t.calls.report(t.device, { apps: {} })
    expect(await t.services()).toEqual([])
  })
  test('a status word that is not known is ignored, not refused', async () => {
    await t.calls.report(t.device, { apps: t.appsOf({ main: 'Running' }) })
    const reply = await t.calls.report(t.device, {
      apps: t.appsOf({ main: 'Levitating', side: 'Levitating' }),
    })
    expect(reply.status).toBe(200)
    expect((await t.services()).map((row) => row.status)).toEqual(['Running', 'Unknown'])
    expect((await t.stored()).health_reasons).not.toContainEqual(
      expect.objectContaining({ code: 'service-not-running' }),
    )
  })
  test('an update is followed from download to done', async () => {
    const old = await seedRelease(t.app.db, t.fleet.fleetId, { semver: '0.9.0', isTarget: false })
    const step = (status: string, updateStatus: string, progress: number | null, releaseUuid: string) =>
      t.calls.report(t.device, {
        apps: {
          [t.fleet.fleetUuid]: {
            release_uuid: releaseUuid,
            releases: {
              [old.commit]: {
                update_status: 'done',
                services: { main: { image: old.images['main'], status: 'Running' } },
              },
              [t.release.commit]: {
                update_status: updateStatus,
                services: {
                  main: { image: t.release.images['main'], status, download_progress: progress },
                  side: { image: t.release.images['side'], status: 'Downloaded' },
                },
              },
            },
          },
        },
      })
    await step('Downloading', 'downloading', 20, old.commit)
    expect(await t.stored()).toMatchObject({
      current_release_id: old.releaseId,
      update_state: 'downloading',
      update_percent: 60,
    })
    await step('Downloaded', 'downloaded', null, old.commit)
    expect(await t.stored()).toMatchObject({ update_state: 'downloaded', update_percent: null })
    await step('Installing', 'applying changes', null, old.commit)
    expect(await t.stored()).toMatchObject({ update_state: 'applying' })
    await step('Running', 'done', null, t.release.commit)
    expect(await t.stored()).toMatchObject({ update_state: 'idle', current_release_id: t.release.releaseId })
  })
  test('two fleets with a release of the same commit are not mixed up', async () => {
    const other = await seedFleet(t.app.db)
    const twin = await seedRelease(t.app.db, other.fleetId, { commit: t.release.commit, semver: '2.0.0' })
    const neighbour = await seedDevice(t.app.db, other, { targetReleaseId: twin.releaseId })
    const apps = {
      [other.fleetUuid]: {
        release_uuid: twin.commit,
        releases: {
          [twin.commit]: { services: { main: { image: twin.images['main'], status: 'Running' } } },
        },
      },
    }
    const own = t.appsOf({ main: 'Running' })
    const replies = await Promise.all([
      t.calls.report(t.device, {
        apps: { [t.fleet.fleetUuid]: { ...own[t.fleet.fleetUuid], release_uuid: t.release.commit } },
      }),
      t.calls.report(neighbour, { apps }),
    ])
    expect(replies.map((reply) => reply.status)).toEqual([200, 200])
    expect(await t.stored()).toMatchObject({ current_release_id: t.release.releaseId })
    const theirs = await t.app.db
      .selectFrom('device')
      .select('current_release_id')
      .where('id', '=', neighbour.deviceId)
      .executeTakeFirst()
    expect(theirs?.current_release_id).toBe(twin.releaseId)
  })
  test('apps that are none of the gateway’s (supervisor, host OS) pass', async () => {
    const apps = {
      ...t.appsOf({ main: 'Running' }),
      [seedUuid()]: { releases: { abc: { services: {} } } },
      'no-uuid': {},
    }
    expect((await t.calls.report(t.device, { apps })).status).toBe(200)
    expect(await t.services()).toHaveLength(1)
  })
  test('an unknown release or image of the fleet refuses the whole report with 401', async () => {
    const unknown = { [t.fleet.fleetUuid]: { releases: { beef: { services: {} } } } }
    expect((await t.calls.report(t.device, { status: 'new', apps: unknown })).status).toBe(401)
    const image = {
      [t.fleet.fleetUuid]: {
        releases: { [t.release.commit]: { services: { main: { image: 'x', status: 'Running' } } } },
      },
    }
    expect((await t.calls.report(t.device, { status: 'new', apps: image })).status).toBe(401)
    expect((await t.stored()).status).toBeNull()
  })
  test('another device’s uuid, alone or beside the own, is 401 and nothing is stored', async () => {
    const other = await seedDevice(t.app.db, t.fleet)
    const send = (body: unknown) => t.calls.patch('/device/v3/state', { key: t.device.key, body })
    expect((await send({ [other.uuid]: { status: 'x' } })).status).toBe(401)
    expect((await send({ [t.device.uuid]: { status: 'x' }, [other.uuid]: { status: 'x' } })).status).toBe(401)
    expect((await t.stored()).status).toBeNull()
    await t.remove()
    expect((await t.calls.report(t.device, { status: 'x' })).status).toBe(401)
    expect((await t.calls.patch('/device/v3/state', { body: { [t.device.uuid]: {} } })).status).toBe(401)
  })
  test.each<[string, unknown]>([
    ['status', 5],
    ['cpu_usage', '42'],
    ['cpu_usage', true],
    ['is_undervolted', 'yes'],
    ['is_undervolted', null],
    ['mac_address', null],
    ['apps', []],
    ['apps', { a: { releases: { b: { services: { c: { image: 1, status: 'Running' } } } } } }],
    ['apps', { a: { releases: { b: { update_status: 5 } } } }],
    ['apps', null],
  ])('%s of the wrong type (%j) is 400 and named', async (field, value) => {
    const reply = await t.calls.report(t.device, { [field]: value })
    expect(reply.status).toBe(400)
    expect(reply.text).toContain(field)
  })
  test('keys that the protocol does not know are ignored', async () => {
    expect(
      (await t.calls.report(t.device, { status: 'Idle', update_failed: true, novelty: { a: [1] } })).status,
    ).toBe(200)
  })
  test.each([['[]'], ['"text"'], ['5'], ['null'], ['{'], [''], ['{}'], ['{"not-a-uuid":{}}']])(
    'the body %s is 400',
    async (raw) => {
      expect((await t.calls.patch('/device/v3/state', { key: t.device.key, raw })).status).toBe(400)
    },
  )
  test('a body beyond the limit is 413, another content type 415', async () => {
    const raw = JSON.stringify({ [t.device.uuid]: { status: 'x'.repeat(1_100_000) } })
    expect((await t.calls.patch('/device/v3/state', { key: t.device.key, raw })).status).toBe(413)
    const xml = await t.calls.patch('/device/v3/state', {
      key: t.device.key,
      raw: '<a/>',
      headers: { 'content-type': 'text/xml' },
    })
    expect(xml.status).toBe(415)
  })
  test('the same report three times is stored once over and told once', async () => {
    const report = { status: 'Idle', is_undervolted: true, apps: t.appsOf({ main: 'Running' }) }
    for (let time = 0; time < 3; time++) expect((await t.calls.report(t.device, report)).status).toBe(200)
    const events = await t.app.db
      .selectFrom('device_event')
      .select('summary')
      .where('device_id', '=', t.device.deviceId)
      .where('kind', '=', 'health')
      .execute()
    expect(events).toHaveLength(1)
    expect(await t.services()).toHaveLength(1)
  })
  test('a report from before a new target arrives late: it is taken for what it says', async () => {
    await t.calls.report(t.device, { apps: t.appsOf({ main: 'Running' }) })
    const next = await seedRelease(t.app.db, t.fleet.fleetId, { semver: '2.0.0' })
    await t.app.db
      .updateTable('device')
      .set({ target_release_id: next.releaseId, update_state: 'waiting' })
      .where('id', '=', t.device.deviceId)
      .execute()
    const late = {
      [t.fleet.fleetUuid]: {
        ...t.appsOf({ main: 'Running' })[t.fleet.fleetUuid],
        release_uuid: t.release.commit,
      },
    }
    expect((await t.calls.report(t.device, { apps: late })).status).toBe(200)
    expect(await t.stored()).toMatchObject({
      update_state: 'waiting',
      current_release_id: t.release.releaseId,
    })
  })
  test('metrics are stored at most once in the spacing', async () => {
    const points = () =>
      t.app.db.selectFrom('metric').selectAll().where('device_id', '=', t.device.deviceId).execute()
    await t.calls.report(t.device, { cpu_usage: 10 })
    await t.calls.report(t.device, { cpu_usage: 30 })
    expect(await points()).toHaveLength(1)
    t.app.clock.advance(61_000)
    await t.calls.report(t.device, { cpu_usage: 50 })
    expect((await points()).map((point) => point.cpu_percent)).toEqual([10, 50])
    expect(await t.stored()).toMatchObject({ cpu_percent: 50 })
  })
})
