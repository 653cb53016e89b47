import { beforeEach, expect } from 'vitest'
import type { Database } from '../platform/db/database.ts'
import type { DeviceCalls } from './device-calls.ts'
import { DeviceSocket } from './device-socket.ts'
import { seedDevice, seedFleet, type SeededDevice, type SeededFleet } from './fleet-seed.ts'
import type { TestApp } from './test-app.ts'
import { TestClient } from './test-client.ts'
import { twoGateways, type TwoGateways } from './two-gateways.ts'

export const filtered = (path: string, filter: string) => `${path}?$filter=${encodeURIComponent(filter)}`
/** What `everywhere` answers for a key that opens nothing. */
export const refusedEverywhere = Array.from({ length: 10 }, () => 401)

/** A device that two gateways know, as far as gateways remember devices, and what becomes of its key. */
export class DeviceKeyScene {
  readonly on: TwoGateways
  fleet!: SeededFleet
  device!: SeededDevice
  admin!: TestClient

  constructor(on: TwoGateways) {
    this.on = on
  }

  get params() {
    return { uuid: this.device.uuid }
  }
  /** As devices that speak to either gateway. */
  get both(): DeviceCalls[] {
    return [this.on.calls, this.on.otherCalls]
  }

  async begin(): Promise<void> {
    const { on } = this
    this.fleet = await seedFleet(on.database.db)
    this.device = await seedDevice(on.database.db, this.fleet)
    this.admin = new TestClient(on.one, await on.one.as('admin'))
    for (const by of this.both) {
      expect((await by.poll(this.device)).status).toBe(200)
      for (const status of ['Idle', 'Busy'])
        expect((await by.report(this.device, { status })).status).toBe(200)
    }
    await this.noted()
  }

  /** A poll is answered before it is noted. */
  async noted(): Promise<void> {
    for (const { deviceApi } of [this.on.one, this.on.other]) await deviceApi.flush()
  }

  key = async () => (await this.admin.ok('getDevice', { params: this.params })).device.key
  row = () =>
    this.on.database.db
      .selectFrom('device')
      .selectAll()
      .where('id', '=', this.device.deviceId)
      .executeTakeFirstOrThrow()
  /** What its timeline says of actions and of its key, newest first. */
  events = async () =>
    (await this.admin.ok('listDeviceEvents', { params: this.params })).rows
      .filter(({ kind }) => kind === 'action')
      .map(({ summary }) => summary)
  audited = async () =>
    (await this.admin.ok('listAudit')).rows.filter(({ subjectId }) => subjectId === this.device.uuid)

  revoke(reason = 'Stolen from the site') {
    return this.admin.ok('changeDeviceKey', { params: this.params, body: { change: 'revoke', reason } })
  }
  exchange(by: DeviceCalls, apiKey: string, key = this.fleet.provisioningKey) {
    return by.post(`/api-key/device/${this.device.deviceId}/device-key`, { key, body: { apiKey } })
  }
  openSocket(app: TestApp, key = this.device.key, memory?: DeviceSocket['memory']): Promise<DeviceSocket> {
    const url = app === this.on.one ? this.on.oneUrl : this.on.otherUrl
    const { uuid } = this.device
    return new DeviceSocket(url, { uuid, key }, memory ? { memory } : {}).connect()
  }

  /** The status of every route of the device API with this key. */
  async everywhere(by: DeviceCalls, key: string): Promise<number[]> {
    const { uuid, deviceId } = this.device
    const own = { uuid, key }
    const variable = { device: deviceId, name: 'RESIN_HOST_CONFIG_a', value: '1' }
    const lines = { raw: '', headers: { 'content-type': 'application/x-ndjson' } }
    const replies = [
      await by.poll(own),
      await by.report(own, { status: 'Stolen' }),
      await by.tags(own, { stolen: 'yes' }),
      await by.post(`/device/v2/${uuid}/logs`, { key, body: [] }),
      await by.post(`/device/v2/${uuid}/log-stream`, { key, ...lines }),
      await by.get(filtered('/v7/device', `uuid eq '${uuid}'`), { key }),
      await by.get(filtered('/v7/device_tag', `device eq ${deviceId}`), { key }),
      await by.get(filtered('/v7/release', `commit eq 'abc'`), { key }),
      await by.post('/v7/device_config_variable', { key, body: variable }),
      await by.patch(`/v7/device(${deviceId})`, { key, body: { device_name: 'stolen' } }),
    ]
    return replies.map(({ status }) => status)
  }
}

/** A scene for one suite, with a new device for each test. */
export function deviceKeyScene(open: () => Promise<Database>): DeviceKeyScene {
  const scene = new DeviceKeyScene(twoGateways(open))
  beforeEach(() => scene.begin())
  return scene
}
