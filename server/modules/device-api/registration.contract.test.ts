import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { targetState } from '#contract/device-protocol'
import { deviceCalls, type DeviceCalls } from '../../testing/device-calls.ts'
import {
  seedDevice,
  seedFleet,
  seedRelease,
  seedUuid,
  type SeededDevice,
  type SeededFleet,
} from '../../testing/fleet-seed.ts'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'

let app: TestApp
let calls: DeviceCalls
let fleet: SeededFleet
beforeAll(async () => {
  app = await startTestApp()
  calls = deviceCalls(await app.listen())
})
afterAll(() => app.close())
beforeEach(async () => {
  fleet = await seedFleet(app.db)
})

const bodyOf = (more: Record<string, unknown> = {}) => ({
  application: fleet.fleetId,
  uuid: seedUuid(),
  device_type: 'raspberrypi4-64',
  api_key: seedUuid(),
  supervisor_version: '19.0.5',
  os_version: 'balenaOS 6.5.3',
  os_variant: 'prod',
  mac_address: '00:11:22:33:44:55 66:77:88:99:AA:BB',
  ...more,
})
const register = (body: unknown, key = fleet.provisioningKey) => calls.post('/device/register', { key, body })

describe('row 1: register', () => {
  test('a new device gets an id; what it brought is kept', async () => {
    const body = bodyOf()
    const reply = await register(body)
    expect(reply.status).toBe(201)
    expect(reply.json()).toEqual({ id: expect.any(Number) as number, uuid: body.uuid, api_key: body.api_key })
    const row = await app.db
      .selectFrom('device')
      .selectAll()
      .where('uuid', '=', body.uuid)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({
      fleet_id: fleet.fleetId,
      connectivity: 'never',
      health: 'unknown',
      os_version: 'balenaOS 6.5.3',
      os_variant: 'prod',
      supervisor_version: '19.0.5',
      mac_address: body.mac_address,
    })
    expect(row.name).toMatch(/^[a-z]+-[a-z]+/)
    expect((await calls.poll({ uuid: body.uuid, key: body.api_key })).status).toBe(200)
  })
  test('a key is made for a device that brought none, and it works', async () => {
    const { api_key: _none, ...body } = bodyOf()
    const reply = await register(body)
    expect(reply.status).toBe(201)
    const { api_key: key } = reply.json() as { api_key: string }
    expect(key.length).toBeGreaterThanOrEqual(32)
    expect((await calls.poll({ uuid: body.uuid, key })).status).toBe(200)
  })
  test('the id of the fleet may come as text, as from config.json; 62 digits are a uuid too', async () => {
    const uuid = 'ab'.repeat(31)
    expect((await register(bodyOf({ application: String(fleet.fleetId), uuid }))).status).toBe(201)
  })
  test('a uuid or a key that is taken is 409', async () => {
    const first = bodyOf()
    expect((await register(first)).status).toBe(201)
    const again = await register(bodyOf({ uuid: first.uuid }))
    expect(again.status).toBe(409)
    expect(again.text).toContain('"uuid" must be unique')
    expect((await register(bodyOf({ api_key: first.api_key }))).status).toBe(409)
    expect((await register(first)).status).toBe(409)
  })
  test('of twenty at the same time with one uuid, one wins', async () => {
    const uuid = seedUuid()
    const replies = await Promise.all(Array.from({ length: 20 }, () => register(bodyOf({ uuid }))))
    const statuses = replies.map((reply) => reply.status).sort()
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)])
  })
  test.each([
    ['a uuid with capitals', { uuid: 'A'.repeat(32) }, 'uuid'],
    ['a short uuid', { uuid: 'abc' }, 'uuid'],
    ['no uuid', { uuid: undefined }, 'uuid'],
    ['an unknown device type', { device_type: 'toaster' }, 'device_type'],
    ['a type that cannot run the fleet', { device_type: 'intel-nuc' }, 'device_type'],
    ['no fleet', { application: undefined }, 'application'],
    ['a fleet that is no number', { application: 'x' }, 'application'],
    ['a key that is no text', { api_key: 5 }, 'api_key'],
  ])('%s is 400 and names the field', async (_name, wrong, field) => {
    const reply = await register(bodyOf(wrong))
    expect(reply.status).toBe(400)
    expect(reply.text).toContain(field)
  })
  test.each([['[]'], ['"text"'], ['5'], ['null'], ['{'], ['']])('the body %s is 400', async (raw) => {
    expect((await calls.post('/device/register', { key: fleet.provisioningKey, raw })).status).toBe(400)
  })
  test('no key, an unknown, a revoked, an expired one and one of another fleet are 401', async () => {
    const other = await seedFleet(app.db)
    expect((await calls.post('/device/register', { body: bodyOf() })).status).toBe(401)
    expect((await register(bodyOf(), 'unknown')).status).toBe(401)
    expect((await register(bodyOf(), other.provisioningKey)).status).toBe(401)
    const expiring = app.clock.now()
    await app.db
      .updateTable('provisioning_key')
      .set({ expires_at: expiring })
      .where('fleet_id', '=', other.fleetId)
      .execute()
    expect((await register(bodyOf({ application: other.fleetId }), other.provisioningKey)).status).toBe(401)
    await app.db
      .updateTable('provisioning_key')
      .set({ revoked_at: app.clock.now() })
      .where('fleet_id', '=', fleet.fleetId)
      .execute()
    expect((await register(bodyOf())).status).toBe(401)
  })
  test('the key may come in the query, which is tried before the header', async () => {
    const path = `/device/register?apikey=${fleet.provisioningKey}`
    expect((await calls.post(path, { key: 'wrong', body: bodyOf() })).status).toBe(201)
  })
})

describe('row 2: key exchange', () => {
  let device: SeededDevice
  beforeEach(async () => {
    device = await seedDevice(app.db, fleet)
  })
  const exchange = (id: unknown, apiKey: unknown, key = fleet.provisioningKey) =>
    calls.post(`/api-key/device/${String(id)}/device-key`, { key, body: { apiKey } })

  test('the new key is answered as JSON text, the old one stops at once', async () => {
    expect((await calls.poll(device)).status).toBe(200)
    const key = seedUuid()
    const reply = await exchange(device.deviceId, key)
    expect(reply.status).toBe(200)
    expect(reply.json()).toBe(key)
    expect((await calls.poll(device)).status).toBe(401)
    expect((await calls.poll({ ...device, key })).status).toBe(200)
  })
  test('exchanging again with the same key is fine; a key of another device is 409', async () => {
    const other = await seedDevice(app.db, fleet)
    expect((await exchange(device.deviceId, device.key)).status).toBe(200)
    expect((await exchange(device.deviceId, other.key)).status).toBe(409)
  })
  test('another fleet, an unknown device and a deleted one are 401', async () => {
    const other = await seedFleet(app.db)
    expect((await exchange(device.deviceId, seedUuid(), other.provisioningKey)).status).toBe(401)
    expect((await exchange(999_999, seedUuid())).status).toBe(401)
    expect((await exchange(device.deviceId, seedUuid(), device.key)).status).toBe(401)
    await app.db
      .updateTable('device')
      .set({ deleted_at: app.clock.now() })
      .where('id', '=', device.deviceId)
      .execute()
    expect((await exchange(device.deviceId, seedUuid())).status).toBe(401)
  })
  test('a bad id and a bad key are 400', async () => {
    expect((await exchange('abc', seedUuid())).status).toBe(400)
    expect((await exchange('1e400', seedUuid())).status).toBe(400)
    expect((await exchange(device.deviceId, '')).status).toBe(400)
    expect((await exchange(device.deviceId, 5)).status).toBe(400)
  })
})

describe('rows 3 to 5: the OData calls', () => {
  let device: SeededDevice
  beforeEach(async () => {
    device = await seedDevice(app.db, fleet)
  })
  const find = (uuid: string, key?: string) =>
    calls.get(
      `/v7/device?$select=id&$filter=${encodeURIComponent(`uuid eq '${uuid}'`)}`,
      key === undefined ? {} : { key },
    )

  test('a device is found with its own key and with the key of its fleet', async () => {
    const found = { d: [{ id: device.deviceId }] }
    expect((await find(device.uuid, device.key)).json()).toEqual(found)
    expect((await find(device.uuid, fleet.provisioningKey)).json()).toEqual(found)
    const inParentheses = await calls.get(`/v7/device?$select=id&$filter=(uuid%20eq%20'${device.uuid}')`, {
      key: device.key,
    })
    expect(inParentheses.json()).toEqual(found)
  })
  test('not with another key, not without one; another fleet sees nothing', async () => {
    const other = await seedFleet(app.db)
    expect((await find(device.uuid)).status).toBe(401)
    expect((await find(device.uuid, 'wrong')).status).toBe(401)
    expect((await find(device.uuid, other.provisioningKey)).json()).toEqual({ d: [] })
    expect((await find(seedUuid(), fleet.provisioningKey)).json()).toEqual({ d: [] })
  })
  test('what is not of the subset is 400', async () => {
    for (const filter of ["name eq 'x'", '', "uuid eq 'x' or 1 eq 1"]) {
      const path = `/v7/device?$filter=${encodeURIComponent(filter)}`
      expect((await calls.get(path, { key: device.key })).status).toBe(400)
    }
    expect((await calls.get('/v7/device?$filter=a&$filter=b', { key: device.key })).status).toBe(400)
  })
  test('first-boot configuration is added, and added again it is replaced', async () => {
    const add = (value: unknown, name = 'RESIN_HOST_CONFIG_gpu_mem', id = device.deviceId) =>
      calls.post('/v7/device_config_variable', { key: device.key, body: { device: id, name, value } })
    expect((await add('16')).status).toBe(201)
    expect((await add('32')).status).toBe(201)
    const target = targetState.parse((await calls.poll(device)).json())
    expect(target[device.uuid]?.config).toMatchObject({ RESIN_HOST_CONFIG_gpu_mem: '32' })
    expect((await add('1', 'has space')).status).toBe(400)
    expect((await add(5)).status).toBe(400)
    expect((await add('1', 'RESIN_X', device.deviceId + 1)).status).toBe(401)
  })
  test('a device names itself and pins itself, and no other', async () => {
    const release = await seedRelease(app.db, fleet.fleetId, { isTarget: false })
    const patch = (body: unknown, key = device.key) =>
      calls.patch(`/v7/device(${device.deviceId})`, { key, body })
    expect((await patch({ device_name: 'pump 7' })).status).toBe(200)
    expect((await patch({ is_pinned_on__release: release.releaseId })).status).toBe(200)
    const target = targetState.parse((await calls.poll(device)).json())
    expect(target[device.uuid]?.name).toBe('pump 7')
    expect(Object.keys(target[device.uuid]?.apps[fleet.fleetUuid]?.releases ?? {})).toEqual([release.commit])
    expect((await patch({ is_pinned_on__release: 999_999 })).status).toBe(400)
    expect((await patch({ device_name: 'two\nlines' })).status).toBe(400)
    const other = await seedDevice(app.db, fleet)
    expect((await patch({ device_name: 'mine' }, other.key)).status).toBe(401)
    expect((await calls.patch('/v7/device', { key: device.key, body: {} })).status).toBe(401)
  })
  test('a device reads its own tags back, and nobody else’s', async () => {
    const other = await seedDevice(app.db, fleet)
    await calls.tags(device, { site: 'north', 'hostos.slot': 'A' })
    const read = (id: number, key: string) =>
      calls.get(`/v7/device_tag?$select=id,tag_key,value&$filter=device%20eq%20${id}`, { key })
    const own = await read(device.deviceId, device.key)
    expect(own.json()).toEqual({
      d: expect.arrayContaining([
        expect.objectContaining({ tag_key: 'site', value: 'north' }),
        expect.objectContaining({ tag_key: 'hostos.slot', value: 'A' }),
      ]) as unknown[],
    })
    expect((await read(device.deviceId, other.key)).json()).toEqual({ d: [] })
  })
  test('a release is found by its commit, in the own fleet only', async () => {
    const release = await seedRelease(app.db, fleet.fleetId)
    const elsewhere = await seedRelease(app.db, (await seedFleet(app.db)).fleetId)
    const read = (commit: string) =>
      calls.get(
        `/v7/release?$select=id&$filter=${encodeURIComponent(`(commit eq '${commit}') and (status eq 'success')`)}`,
        { key: device.key },
      )
    expect((await read(release.commit)).json()).toEqual({ d: [{ id: release.releaseId }] })
    expect((await read(elsewhere.commit)).json()).toEqual({ d: [] })
  })
})

test('row 16: the connectivity check answers 204 to anybody', async () => {
  const reply = await calls.get('/connectivity-check')
  expect([reply.status, reply.text]).toEqual([204, ''])
})
