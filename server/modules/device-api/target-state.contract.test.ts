import { describe, expect, test } from 'vitest'
import { targetState } from '#contract/device-protocol'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { seedDevice, seedFleet, seedUuid } from '../../testing/fleet-seed.ts'

const t = deviceApiFixture({ WHEELHOUSE_POLL_INTERVAL_MS: '60000' })
type Variable = {
  name: string
  value: string
  kind?: 'environment' | 'configuration'
  device_id?: number
  service_name?: string
}
const setVariable = (variable: Variable) =>
  t.app.db
    .insertInto('variable')
    .values({ kind: 'environment', fleet_id: t.fleet.fleetId, ...variable })
    .execute()

describe('row 6: target state', () => {
  test('has the shape a supervisor checks: own uuid, config with poll interval, user app, lower-case images', async () => {
    const reply = await t.calls.poll(t.device)
    expect(reply.status).toBe(200)
    const own = targetState.parse(reply.json())[t.device.uuid]
    expect(own?.config).toMatchObject({
      RESIN_SUPERVISOR_POLL_INTERVAL: '60000',
      RESIN_SUPERVISOR_VPN_CONTROL: 'false',
    })
    const main = own?.apps[t.fleet.fleetUuid]?.releases?.[t.release.commit]?.services?.['main']
    expect(main).toMatchObject({
      id: t.release.serviceIds['main'],
      image: 'registry.example/main@sha256:ab',
      environment: { RATE: '1', COLOUR: 'red' },
      composition: { restart: 'always' },
    })
    expect(own?.apps[t.fleet.fleetUuid]?.releases?.[t.release.commit]).toMatchObject({
      volumes: { data: {} },
    })
  })
  test('without a release the user app is there all the same', async () => {
    const empty = await seedFleet(t.app.db)
    const fresh = await seedDevice(t.app.db, empty)
    const own = targetState.parse((await t.calls.poll(fresh)).json())[fresh.uuid]
    expect(own?.apps[empty.fleetUuid]).toMatchObject({ id: empty.fleetId, is_host: false })
    expect(own?.apps[empty.fleetUuid]?.releases).toBeUndefined()
  })
  test('environment by precedence: image, fleet, service, device, device service', async () => {
    await setVariable({ name: 'RATE', value: 'fleet' })
    await setVariable({ name: 'A', value: 'fleet' })
    await setVariable({ name: 'A', value: 'service', service_name: 'main' })
    await setVariable({ name: 'B', value: 'service', service_name: 'main' })
    await setVariable({ name: 'B', value: 'device', device_id: t.device.deviceId })
    await setVariable({ name: 'C', value: 'device', device_id: t.device.deviceId })
    await setVariable({ name: 'C', value: 'both', device_id: t.device.deviceId, service_name: 'main' })
    await setVariable({
      name: 'D',
      value: 'another',
      device_id: (await seedDevice(t.app.db, t.fleet)).deviceId,
    })
    const own = targetState.parse((await t.calls.poll(t.device)).json())[t.device.uuid]
    const target = own?.apps[t.fleet.fleetUuid]?.releases?.[t.release.commit]?.services
    expect(target?.['main']?.environment).toEqual({
      RATE: 'fleet',
      COLOUR: 'red',
      A: 'service',
      B: 'device',
      C: 'both',
    })
    expect(target?.['side']?.environment).toEqual({ RATE: 'fleet', A: 'fleet', B: 'device', C: 'device' })
  })
  test('configuration: BALENA_ counts as RESIN_, strategies become labels, the dashboard’s own stays here', async () => {
    const set = (name: string, value: string) => setVariable({ name, value, kind: 'configuration' })
    await set('BALENA_SUPERVISOR_POLL_INTERVAL', '1000')
    await set('RESIN_SUPERVISOR_UPDATE_STRATEGY', 'kill-then-download')
    await set('RESIN_UI_ENABLE_PUBLIC_URL', '1')
    const own = targetState.parse((await t.calls.poll(t.device)).json())[t.device.uuid]
    expect(own?.config['RESIN_SUPERVISOR_POLL_INTERVAL']).toBe('60000')
    expect(own?.config['RESIN_UI_ENABLE_PUBLIC_URL']).toBeUndefined()
    const target = own?.apps[t.fleet.fleetUuid]?.releases?.[t.release.commit]?.services
    expect(target?.['main']?.labels).toEqual({ 'io.resin.update.strategy': 'kill-then-download' })
    expect(target?.['side']?.labels).toEqual({ 'io.balena.update.strategy': 'hand-over' })
  })
  test('a poll interval beyond all bounds is bounded, and the poll is noted', async () => {
    await setVariable({ name: 'RESIN_SUPERVISOR_POLL_INTERVAL', value: '1e30', kind: 'configuration' })
    await t.calls.poll(t.device)
    await t.app.deviceApi.flush()
    expect(await t.stored()).toMatchObject({ poll_interval_ms: 2_147_483_647, connectivity: 'online' })
  })
  test('the ETag is weak and stable; with it the answer is 304 without a body, and still a heartbeat', async () => {
    const first = await t.calls.poll(t.device)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"/)
    expect((await t.calls.poll(t.device)).headers.get('etag')).toBe(etag)
    t.app.clock.advance(1000)
    const second = await t.calls.poll(t.device, { 'if-none-match': etag })
    expect([second.status, second.text, second.headers.get('etag')]).toEqual([304, '', etag])
    await t.app.deviceApi.flush()
    expect((await t.stored()).last_poll_at).toEqual(t.app.clock.now())
    await setVariable({ name: 'NEW', value: '1' })
    const third = await t.calls.poll(t.device, { 'if-none-match': etag })
    expect(third.status).toBe(200)
    expect(third.headers.get('etag')).not.toBe(etag)
  })
  test('the heartbeat comes from polls alone: reports and tags do not make a device online', async () => {
    await t.calls.report(t.device, { status: 'Idle' })
    await t.calls.tags(t.device, { a: 'b' })
    expect(await t.stored()).toMatchObject({ connectivity: 'never', last_poll_at: null })
    await t.calls.poll(t.device)
    await t.app.deviceApi.flush()
    expect(await t.stored()).toMatchObject({
      connectivity: 'online',
      health: expect.not.stringMatching('unknown') as string,
    })
  })
  test('no key and a wrong key are 401; an unknown, a deleted and a garbled uuid are 304 without a body', async () => {
    expect((await t.calls.get(`/device/v3/${t.device.uuid}/state`)).status).toBe(401)
    expect((await t.calls.poll({ ...t.device, key: 'wrong' })).status).toBe(401)
    const other = await seedDevice(t.app.db, t.fleet)
    expect((await t.calls.poll({ ...t.device, key: other.key })).status).toBe(401)
    const unknown = await t.calls.poll({ uuid: seedUuid(), key: t.device.key })
    expect([unknown.status, unknown.text]).toEqual([304, ''])
    expect((await t.calls.poll({ uuid: '%00%ff', key: t.device.key })).status).toBeLessThan(500)
    expect((await t.calls.poll({ uuid: 'a%00b', key: t.device.key })).status).toBe(304)
    await t.remove()
    const gone = await t.calls.poll(t.device)
    expect([gone.status, gone.text]).toEqual([304, ''])
  })
  test('a host OS that differs from the reported one is part of the target until it is reported', async () => {
    await t.app.db
      .updateTable('device')
      .set({ target_os_version: '6.5.3' })
      .where('id', '=', t.device.deviceId)
      .execute()
    const hostApp = async () =>
      Object.values(targetState.parse((await t.calls.poll(t.device)).json())[t.device.uuid]?.apps ?? {}).find(
        (one) => one.is_host,
      )
    expect(await hostApp()).toMatchObject({ class: 'app' })
    await t.calls.report(t.device, { os_version: 'balenaOS 16.5.3' })
    expect(await hostApp()).toBeDefined()
    await t.calls.report(t.device, { os_version: 'balenaOS 6.5.3' })
    expect(await hostApp()).toBeUndefined()
  })
})
