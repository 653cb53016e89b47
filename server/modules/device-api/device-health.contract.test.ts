import { describe, expect, test } from 'vitest'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { seedDevice } from '../../testing/fleet-seed.ts'

const MINUTE_MS = 60_000
const t = deviceApiFixture({ WHEELHOUSE_POLL_INTERVAL_MS: '60000' })

const poll = async () => {
  await t.calls.poll(t.device)
  await t.app.deviceApi.flush()
}
const pass = async (ms: number) => {
  t.app.clock.advance(ms)
  await t.app.deviceApi.sweep()
}
const reasons = async () =>
  (await t.stored()).health_reasons.map((reason) => [reason.code, reason.layer, reason.severity])

describe('connectivity by time alone', () => {
  test('online, late after 1.5 intervals, offline 15 s later since its last poll, and healed by the next poll', async () => {
    await poll()
    const lastHeard = t.app.clock.now()
    await pass(1.5 * MINUTE_MS - 1)
    expect(await t.stored()).toMatchObject({ connectivity: 'online' })
    await pass(1)
    expect(await t.stored()).toMatchObject({ connectivity: 'late' })
    await pass(14_999)
    expect(await t.stored()).toMatchObject({ connectivity: 'late' })
    await pass(1)
    expect(await t.stored()).toMatchObject({ connectivity: 'offline', connectivity_changed_at: lastHeard })
    expect(await reasons()).toEqual([['offline', 'supervisor', 'attention']])
    await pass(3 * 60 * MINUTE_MS)
    await poll()
    expect(await t.stored()).toMatchObject({ connectivity: 'online', health: 'ok' })
    expect((await t.events('connectivity')).map((event) => event.summary)).toEqual([
      'Came online for the first time',
      'Went offline: not heard for 2 min',
      'Came back online after 3 h',
    ])
    expect((await t.events('connectivity'))[1]?.data).toMatchObject({ since: lastHeard.toISOString() })
  })
  test('a poll in between keeps it online; being late is told once it is heard again', async () => {
    await poll()
    for (let time = 0; time < 5; time++) {
      await pass(1.5 * MINUTE_MS)
      await poll()
    }
    expect(await t.stored()).toMatchObject({ connectivity: 'online' })
    const events = await t.events('connectivity')
    expect(events).toHaveLength(6)
    expect(events.slice(1).every((event) => event.data.from === 'late' && event.data.to === 'online')).toBe(
      true,
    )
  })
  test('a day offline is critical, and the sweep says so by itself', async () => {
    await poll()
    await pass(10 * MINUTE_MS)
    await pass(24 * 60 * MINUTE_MS)
    expect(await t.stored()).toMatchObject({ connectivity: 'offline', health: 'critical' })
  })
  test('more devices due at once than one batch holds are all judged', async () => {
    const devices = await Promise.all(Array.from({ length: 620 }, () => seedDevice(t.app.db, t.fleet)))
    const now = t.app.clock.now()
    await t.app.db
      .updateTable('device')
      .set({ connectivity: 'online', last_poll_at: now, poll_interval_ms: 60_000, next_check_at: now })
      .where(
        'id',
        'in',
        devices.map((device) => device.deviceId),
      )
      .execute()
    await pass(10 * MINUTE_MS)
    const offline = await t.app.db
      .selectFrom('device')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('fleet_id', '=', t.fleet.fleetId)
      .where('connectivity', '=', 'offline')
      .executeTakeFirstOrThrow()
    expect(offline.count).toBe(620)
  })
})

describe('what a device tells becomes health, in the right layer', () => {
  test('a crash loop is that service’s failure on a device that is reachable', async () => {
    await poll()
    await t.calls.report(t.device, { apps: t.appsOf({ main: 'Running', side: 'Running' }) })
    await t.calls.tags(t.device, { 'service.side.restarts': '1', 'service.side.exit-code': '137' })
    expect(await reasons()).toEqual([])
    t.app.clock.advance(1000)
    await t.calls.tags(t.device, { 'service.side.restarts': '3' })
    await t.calls.tags(t.device, { 'service.side.restarts': '3' })
    const row = await t.stored()
    expect(row).toMatchObject({ connectivity: 'online', health: 'critical' })
    expect(row.health_reasons).toEqual([
      expect.objectContaining({
        code: 'service-crash-loop',
        layer: 'service',
        service: 'side',
        evidence: 'side restarted 3 times in 10 min, limit 3; last exit code 137',
      }),
    ])
    expect((await t.events('service')).map((event) => event.summary)).toEqual([
      'main runs',
      'side runs',
      'side exited with exit code 137 and was restarted',
      'side exited with exit code 137 and was restarted 2 times',
    ])
    // Ten quiet minutes later it is over, without a word of the device.
    await poll()
    await pass(10 * MINUTE_MS)
    expect((await reasons()).map(([code]) => code)).not.toContain('service-crash-loop')
    expect((await t.events('health')).at(-1)).toMatchObject({ layer: 'service', severity: 'ok' })
  })
  test('undervoltage is hardware; it goes when the device says so', async () => {
    await poll()
    await t.calls.report(t.device, { is_undervolted: true })
    expect(await reasons()).toEqual([['undervoltage', 'hardware', 'attention']])
    await t.calls.report(t.device, { is_undervolted: false })
    expect(await t.stored()).toMatchObject({ health: 'ok' })
    expect((await t.events('health')).map((event) => [event.layer, event.severity])).toEqual([
      ['hardware', 'attention'],
      ['hardware', 'ok'],
    ])
  })
  test.each([
    ['watchdog', [['watchdog-reboot', 'host-os', 'attention']], 'Rebooted: watchdog'],
    ['power', [['unexpected-reboot', 'hardware', 'attention']], 'Rebooted: power'],
    ['requested', [], 'Rebooted as asked'],
  ])('a reboot by %s', async (reason, expected, summary) => {
    await poll()
    await t.calls.tags(t.device, { 'boot.at': '1', 'boot.reason': 'power' })
    expect(await reasons()).toEqual([])
    await t.calls.tags(t.device, { 'boot.at': '2', 'boot.reason': reason })
    await t.calls.tags(t.device, { 'boot.at': '2', 'boot.reason': reason })
    expect(await reasons()).toEqual(expected)
    expect((await t.events('reboot')).map((event) => event.summary)).toEqual([summary])
  })
  test('a host OS that was rolled back is the host OS’s, until the device takes it back', async () => {
    await poll()
    await t.calls.tags(t.device, { 'hostos.rollback': '6.5.3 failed its health check' })
    expect(await reasons()).toEqual([['os-rollback', 'host-os', 'critical']])
    expect((await t.events('os')).map((event) => event.summary)).toEqual([
      'Host OS update rolled back: 6.5.3 failed its health check',
    ])
    await t.calls.tags(t.device, { 'hostos.rollback': '' })
    expect(await reasons()).toEqual([])
  })
  test('hot, full and short of memory, each with its figure', async () => {
    await poll()
    await t.calls.report(t.device, {
      cpu_temp: 91,
      storage_usage: 96,
      storage_total: 100,
      memory_usage: 95,
      memory_total: 100,
    })
    expect(await reasons()).toEqual([
      ['cpu-temperature', 'hardware', 'critical'],
      ['storage-nearly-full', 'host-os', 'critical'],
      ['memory-pressure', 'host-os', 'attention'],
    ])
  })
  test('a device that was away for weeks is not called stuck when it comes back to an update', async () => {
    await poll()
    await t.app.db
      .updateTable('device')
      .set({ update_state: 'waiting', update_progress_at: t.app.clock.now() })
      .where('id', '=', t.device.deviceId)
      .execute()
    await pass(21 * 24 * 60 * MINUTE_MS)
    await poll()
    expect(await reasons()).toEqual([])
    for (let minute = 0; minute < 31; minute++) {
      t.app.clock.advance(MINUTE_MS)
      await poll()
    }
    expect(await reasons()).toEqual([['update-stuck', 'supervisor', 'attention']])
  })
})
