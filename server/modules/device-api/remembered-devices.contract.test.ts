import { sql } from 'kysely'
import { beforeEach, expect, test } from 'vitest'
import { hashSecret } from '../../platform/secrets.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { watchStatements } from '../../testing/statements.ts'
import { deviceCalls, type DeviceCalls } from '../../testing/device-calls.ts'
import {
  seedDevice,
  seedFleet,
  seedRelease,
  type SeededDevice,
  type SeededFleet,
  type SeededRelease,
} from '../../testing/fleet-seed.ts'
import { startTestApp } from '../../testing/test-app.ts'
import { twoGateways } from '../../testing/two-gateways.ts'
import { readDevices } from './device-state.store.ts'
import { RememberedDevices } from './remembered-devices.ts'

/** A whole report of a device at rest. */
const atRest = {
  status: 'Idle',
  os_version: 'balenaOS 6.5.3',
  memory_usage: 300,
  memory_total: 1000,
  cpu_usage: 7,
  ip_address: '10.0.0.7',
}

describeOnStores('devices are remembered as they are stored', ({ open }) => {
  const on = twoGateways(open)
  let fleet: SeededFleet
  let release: SeededRelease
  let device: SeededDevice

  beforeEach(async () => {
    fleet = await seedFleet(on.database.db)
    release = await seedRelease(on.database.db, fleet.fleetId)
    device = await seedDevice(on.database.db, fleet, { targetReleaseId: release.releaseId })
  })

  const whole = (more: Record<string, unknown> = {}) => ({
    ...atRest,
    apps: {
      [fleet.fleetUuid]: {
        release_uuid: release.commit,
        releases: {
          [release.commit]: {
            update_status: 'done',
            services: { main: { image: release.images['main'], status: 'Running' } },
          },
        },
      },
    },
    ...more,
  })
  const row = async () => {
    const found = await sql<Record<string, unknown> & { place: string; health_reasons: { code: string }[] }>`
      select ctid::text as place, device.* from device where id = ${device.deviceId}`.execute(on.database.db)
    const [first] = found.rows
    if (!first) throw new Error('the device is gone')
    return first
  }
  const accepted = async (by: DeviceCalls, state: unknown) =>
    expect((await by.report(device, state)).status).toBe(200)

  test('a report that says nothing new is acknowledged and writes no row', async () => {
    await accepted(on.calls, whole())
    await accepted(on.calls, whole({ cpu_usage: 8 }))
    const before = await row()
    for (let turn = 0; turn < 3; turn++) await accepted(on.calls, whole({ cpu_usage: 8 }))
    await accepted(on.calls, { status: 'Idle' })
    expect(await row()).toEqual(before)
    await accepted(on.calls, whole({ cpu_usage: 9 }))
    expect(await row()).toMatchObject({ cpu_percent: 9 })
  })
  test('that it was heard is written down once in a span', async () => {
    await accepted(on.calls, whole())
    await accepted(on.calls, whole())
    on.clock.advance(60_000)
    await accepted(on.calls, whole())
    expect(await row()).toMatchObject({ last_report_at: on.clock.now(), last_seen_at: on.clock.now() })
  })
  test('services that devices come to are kept once, those under way are not', async () => {
    const other = await seedDevice(on.database.db, fleet, { targetReleaseId: release.releaseId })
    const stored = await readDevices(on.database.db, [device.deviceId, other.deviceId])
    const remembered = new RememberedDevices()
    const [first, again, underWay] = ['Running', 'Running', 'Downloading'].map((status) =>
      stored.map((before) => {
        const services = [
          {
            releaseCommit: release.commit,
            name: 'main',
            image: 'registry.example/main',
            status,
            downloadPercent: status === 'Downloading' ? 40 : null,
            restarts: null,
            lastExitCode: null,
          },
        ]
        remembered.follow(before, { ...before, state: { ...before.state, services } })
        return remembered.get(before.state.deviceId)?.state.services
      }),
    )
    expect(first?.[0]).toMatchObject([{ status: 'Running' }])
    expect(first?.[1]).toBe(first?.[0])
    expect(again?.[0]).toBe(first?.[0])
    expect(underWay?.[1]).toEqual(underWay?.[0])
    expect(underWay?.[1]).not.toBe(underWay?.[0])
  })
  const pointsAndEvents = async () => {
    const [points, events] = await Promise.all([
      on.database.db.selectFrom('metric').selectAll().where('device_id', '=', device.deviceId).execute(),
      on.database.db
        .selectFrom('device_event')
        .select(['kind', 'summary', 'fleet_id'])
        .where('device_id', '=', device.deviceId)
        .orderBy('id')
        .execute(),
    ])
    return { points, events }
  }
  test('what a report moves, its point of metrics and its events are one statement', async () => {
    const watched = watchStatements(on.database)
    const third = await startTestApp({ database: watched.database, clock: on.clock })
    const thirdCalls = deviceCalls(await third.listen())
    await accepted(thirdCalls, whole())
    on.clock.advance(60_000)
    const before = await pointsAndEvents()
    const written = (
      await watched.during(() => accepted(thirdCalls, whole({ os_version: 'balenaOS 6.6.0', cpu_usage: 9 })))
    ).filter(({ sql: text }) => !/^\s*(select|begin|commit)\b/i.test(text))
    expect(written.map(({ sql: text }) => text.trim())).toEqual([expect.stringMatching(/^with saved as/)])
    const after = await pointsAndEvents()
    expect(after.points.slice(before.points.length)).toEqual([
      expect.objectContaining({
        at: on.clock.now(),
        cpu_percent: 9,
        memory_used_mib: 300,
        memory_total_mib: 1000,
      }),
    ])
    const told = after.events.slice(before.events.length)
    expect(told.map((event) => event.fleet_id)).toEqual([fleet.fleetId])
    expect(told[0]?.summary).toContain('6.6.0')
    await third.close()
  })
  test('what another gateway came before with is told once', async () => {
    await accepted(on.calls, whole())
    on.clock.advance(60_000)
    await accepted(on.otherCalls, whole({ os_version: 'balenaOS 6.7.0', cpu_usage: 10 }))
    const before = await pointsAndEvents()
    await accepted(on.calls, whole({ os_version: 'balenaOS 6.7.0', cpu_usage: 10 }))
    expect(await pointsAndEvents()).toEqual(before)
  })
  test('what another gateway has stored since is neither overwritten nor taken for what is stored', async () => {
    await accepted(on.calls, whole({ status: 'first' }))
    await accepted(on.calls, whole({ status: 'first', cpu_usage: 1 }))
    await accepted(on.otherCalls, whole({ status: 'second', os_version: 'balenaOS 6.6.0' }))
    await accepted(on.calls, { cpu_usage: 2 })
    expect(await row()).toMatchObject({ status: 'second', os_version: 'balenaOS 6.6.0', cpu_percent: 2 })
    await accepted(on.otherCalls, { status: 'third' })
    await accepted(on.calls, { status: 'second' })
    expect(await row()).toMatchObject({ status: 'second' })
  })
  test('the same services told in another order after a start write no service', async () => {
    const { images, commit } = await seedRelease(on.database.db, fleet.fleetId, {
      semver: '3.0.0',
      services: { main: {}, side: {} },
    })
    const told = (names: string[]) => ({
      apps: {
        [fleet.fleetUuid]: {
          releases: {
            [commit]: {
              services: Object.fromEntries(
                names.map((name) => [name, { image: images[name], status: 'Running' }]),
              ),
            },
          },
        },
      },
    })
    const places = async () =>
      (
        await sql<{ place: string; service_name: string }>`select ctid::text as place, service_name
          from device_service where device_id = ${device.deviceId} order by service_name`.execute(
          on.database.db,
        )
      ).rows
    await accepted(on.calls, told(['main', 'side']))
    const before = await places()
    expect(before).toHaveLength(2)
    await accepted(on.otherCalls, told(['side', 'main']))
    await accepted(on.calls, { ...told(['side', 'main']), cpu_usage: 9 })
    expect(await places()).toEqual(before)
  })
  test('a new target shows in what the next report, the same as before, is taken for', async () => {
    await accepted(on.calls, whole())
    await accepted(on.calls, whole())
    expect(await row()).toMatchObject({ update_state: 'idle' })
    const next = await seedRelease(on.database.db, fleet.fleetId, { semver: '2.0.0' })
    await on.database.db
      .updateTable('device')
      .set({ target_release_id: next.releaseId })
      .where('id', '=', device.deviceId)
      .execute()
    await accepted(on.calls, whole())
    expect(await row()).toMatchObject({ update_state: 'waiting', target_release_id: next.releaseId })
  })
  test('other limits of the fleet judge the next report', async () => {
    await accepted(on.calls, whole({ cpu_temp: 60 }))
    await accepted(on.calls, whole({ cpu_temp: 61 }))
    await on.database.db
      .updateTable('fleet')
      .set({ health_thresholds: JSON.stringify({ cpuTemperatureAttentionC: 50 }) })
      .where('id', '=', fleet.fleetId)
      .execute()
    await accepted(on.calls, whole({ cpu_temp: 61 }))
    expect((await row()).health_reasons).toContainEqual(expect.objectContaining({ code: 'cpu-temperature' }))
  })
  test('a service that somebody stopped is no trouble in the next report', async () => {
    const stopped = whole()
    const services = stopped.apps[fleet.fleetUuid]?.releases[release.commit]?.services
    if (services) services.main.status = 'exited'
    await on.calls.poll(device)
    await accepted(on.calls, stopped)
    await accepted(on.calls, { ...stopped, cpu_usage: 8 })
    expect(await row()).not.toMatchObject({ health: 'ok' })
    await on.database.db
      .insertInto('device_stopped_service')
      .values({ device_id: device.deviceId, service_name: 'main', stopped_at: on.clock.now() })
      .execute()
    await accepted(on.calls, { ...stopped, cpu_usage: 8 })
    expect(await row()).toMatchObject({ health: 'ok' })
  })
  test('an exchanged key counts at once, whichever gateway the device was known to', async () => {
    const exchange = async (by: DeviceCalls, apiKey: string) => {
      const reply = await by.post(`/api-key/device/${String(device.deviceId)}/device-key`, {
        key: fleet.provisioningKey,
        body: { apiKey },
      })
      expect(reply.status).toBe(200)
    }
    await accepted(on.calls, whole())
    await accepted(on.calls, whole({ cpu_usage: 8 }))
    const old = { ...device }
    const apiKey = 'k'.repeat(32)
    await exchange(on.otherCalls, apiKey)
    expect(await row()).toMatchObject({ key_hash: hashSecret(apiKey) })
    for (const by of [on.calls, on.otherCalls]) {
      expect((await by.report(old, { status: 'stolen' })).status).toBe(401)
      expect((await by.report(old, whole({ cpu_usage: 8 }))).status).toBe(401)
      expect((await by.tags(old, { stolen: 'yes' })).status).toBe(401)
      expect((await by.poll(old)).status).toBe(401)
    }
    device.key = apiKey
    for (const by of [on.calls, on.otherCalls]) {
      await accepted(by, { status: 'own' })
      expect((await by.poll(device)).status).toBe(200)
    }
    expect(await row()).toMatchObject({ status: 'own', tags: {} })
  })
  test('a deleted device is refused, and a report that cannot be stored harms no other', async () => {
    const neighbour = await seedDevice(on.database.db, fleet)
    await accepted(on.calls, whole())
    expect((await on.calls.report(neighbour, { status: 'Idle' })).status).toBe(200)
    await sql
      .raw(`alter table device add constraint not_lost check (status is distinct from 'lost')`)
      .execute(on.database.db)
    const [lost, kept] = await Promise.all([
      on.calls.report(device, { status: 'lost' }),
      on.calls.report(neighbour, { status: 'kept' }),
    ])
    await sql.raw('alter table device drop constraint not_lost').execute(on.database.db)
    expect([lost.status, kept.status]).toEqual([500, 200])
    expect(await row()).toMatchObject({ status: 'Idle' })
    await on.database.db
      .updateTable('device')
      .set({ deleted_at: on.clock.now() })
      .where('id', '=', device.deviceId)
      .execute()
    expect((await on.calls.report(device, { status: 'back' })).status).toBe(401)
  })
})
