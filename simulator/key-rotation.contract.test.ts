import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTestApp, TestClock, type TestApp } from '../server/testing/test-app.ts'
import { RestClient } from './demo/rest-client.ts'
import type { CommandStep } from './supervisor/command-journal.ts'
import { VirtualFleet } from './virtual-fleet.ts'

const SPEED = 300
const soon = { timeout: 40_000, interval: 30 }

/** Runs like the devices' own. */
class RunningClock extends TestClock {
  override now(): Date {
    return new Date()
  }
}

/** A virtual device against the true gateway, over real HTTP. */
describe('a virtual device that is asked for another key', () => {
  let app: TestApp
  let api: RestClient
  let url: string
  let group: { fleetId: number; provisioningKey: string; deviceType: string; count: number }
  let fleet: VirtualFleet | null = null

  beforeAll(async () => {
    app = await startTestApp({
      clock: new RunningClock(),
      environment: { WHEELHOUSE_POLL_INTERVAL_MS: '1000' },
    })
    url = await app.listen()
    const { authorization } = await app.as('admin')
    api = new RestClient(url, authorization.replace('Bearer ', ''))
    const deviceType = 'raspberrypi4-64'
    const { id: fleetId } = await api.call('createFleet', { body: { name: 'Stations', deviceType } })
    const { secret } = await api.call('createProvisioningKey', {
      params: { fleetId },
      body: { name: 'test' },
    })
    group = { fleetId, provisioningKey: secret, deviceType, count: 1 }
  })
  afterEach(async () => {
    await fleet?.stop()
    fleet = null
  })
  afterAll(() => app.close())

  /** A device of its own for each test, with its socket open. */
  async function switchOn(seed: string) {
    fleet = new VirtualFleet({ url, seed, speed: SPEED, groups: [group] })
    fleet.start()
    const [device] = fleet.devices
    if (!device) throw new Error('no device')
    await vi.waitFor(async () => {
      expect((await read(device.uuid)).hasActionChannel).toBe(true)
    }, soon)
    return { device, fleet }
  }
  const read = async (uuid: string) => (await api.call('getDevice', { params: { uuid } })).device
  const newest = async (uuid: string) => (await api.call('listActions', { params: { uuid } })).actions[0]
  const rotate = (uuid: string) =>
    api.call('createAction', { params: { uuid }, body: { kind: 'rotate-key', reason: 'Every year' } })
  const done = (uuid: string) =>
    vi.waitFor(
      async () => expect(await newest(uuid)).toMatchObject({ kind: 'rotate-key', state: 'done' }),
      soon,
    )
  const pollWith = async (uuid: string, key: string) =>
    (await fetch(`${url}/device/v3/${uuid}/state`, { headers: { authorization: `Bearer ${key}` } })).status

  it('makes one, uses it, and goes on with it alone', async () => {
    const { device } = await switchOn('calm')
    const former = device.key
    await rotate(device.uuid)
    await done(device.uuid)
    expect(device.key).not.toBe(former)
    expect(await pollWith(device.uuid, former)).toBe(401)
    expect(await pollWith(device.uuid, device.key)).toBe(200)
    // Its socket is open again, with the new key: it can be asked once more.
    await vi.waitFor(async () => expect((await read(device.uuid)).hasActionChannel).toBe(true), soon)
    const second = device.key
    await rotate(device.uuid)
    await done(device.uuid)
    await vi.waitFor(() => expect(device.key).not.toBe(second), soon)
  })

  it.each(['accepted', 'begun', 'key-made', 'key-told', 'key-used', 'ended'] as const)(
    'and loses power when it is at "%s", is never locked out and ends with one key',
    async (at: CommandStep) => {
      const { device, fleet: devices } = await switchOn(`power ${at}`)
      const former = device.key
      let cuts = 0
      device.watchCommands((step) => {
        if (step !== at || cuts > 0) return
        cuts++
        devices.cutPower(device.uuid)
      })
      await rotate(device.uuid)
      await done(device.uuid)
      expect(cuts).toBe(1)
      expect(device.key).not.toBe(former)
      expect(await pollWith(device.uuid, former)).toBe(401)
      expect(await pollWith(device.uuid, device.key)).toBe(200)
      expect([...device.executions.values()]).toEqual([1])
      await vi.waitFor(async () => {
        const { key, hasActionChannel } = await read(device.uuid)
        expect([key.state, hasActionChannel]).toEqual(['valid', true])
      }, soon)
    },
  )

  it('and had its key revoked comes back when it may, provisioned anew', async () => {
    const { device } = await switchOn('revoked')
    const { uuid } = device
    const former = device.key
    const change = (body: { change: 'revoke' | 'allow-return'; reason: string }) =>
      api.call('changeDeviceKey', { params: { uuid }, body })
    await change({ change: 'revoke', reason: 'Left in a train' })
    await vi.waitFor(async () => expect((await read(uuid)).hasActionChannel).toBe(false), soon)
    device.reprovision()
    await change({ change: 'allow-return', reason: 'Found again' })
    await vi.waitFor(async () => {
      const { key, hasActionChannel } = await read(uuid)
      expect([key.state, hasActionChannel]).toEqual(['valid', true])
    }, soon)
    expect(device.key).not.toBe(former)
    expect(await pollWith(uuid, former)).toBe(401)
  })
})
