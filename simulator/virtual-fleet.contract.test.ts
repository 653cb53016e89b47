import type { ActionKind } from '#contract/device-action'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defaultRolloutPlan, rolloutPlan } from '#contract/rollout-plan'
import { RunningClock, startTestApp, type TestApp } from '../server/testing/test-app.ts'
import { RestClient } from './demo/rest-client.ts'
import { manifestOf, withDigest } from './registry.ts'
import { VirtualFleet } from './virtual-fleet.ts'

/** Device time runs so fast that what takes minutes in the field takes moments here. */
const SPEED = 300
const COUNT = 3
const soon = { timeout: 40_000, interval: 30 }

const compose = (version: string, label = '') => {
  const services = ['sensor-logger', 'uplink-sync']
  const image = (name: string) => `registry.example/stations/${name}:${version}`
  return {
    semver: version,
    composeYaml: `services:\n${services.map((name) => `  ${name}:\n    image: ${withDigest(image(name))}\n${name === 'sensor-logger' ? label : ''}`).join('')}`,
    images: Object.fromEntries(
      services.map((name) => {
        const { sizeBytes, layers } = manifestOf(image(name))
        return [name, { sizeBytes, layers }]
      }),
    ),
  }
}

/** Everyone at once, and no gate that stops for a device that falls back. */
const osPlan = rolloutPlan.parse({
  ...defaultRolloutPlan,
  phases: defaultRolloutPlan.phases.map((phase) => ({ ...phase, soakSeconds: 1 })),
  gates: { ...defaultRolloutPlan.gates, successPercent: 50, maxFailurePercent: null },
})

/** Virtual devices against the true gateway, over real HTTP. The steps rest on each other. */
describe('virtual devices and the gateway', () => {
  let app: TestApp
  let api: RestClient
  let fleet: VirtualFleet
  let fleetId: number
  let url: string
  let provisioningKey: string

  const rows = async () => (await api.call('listDevices', {}, { sort: 'name' })).rows
  const detail = async (uuid: string) => (await api.call('getDevice', { params: { uuid } })).device
  const summaries = async (uuid: string) =>
    (await api.call('listDeviceEvents', { params: { uuid } }, { limit: '100' })).rows.map(
      (event) => event.summary,
    )
  const first = () => fleet.devices[0]!

  beforeAll(async () => {
    app = await startTestApp({
      clock: new RunningClock(),
      environment: { WHEELHOUSE_POLL_INTERVAL_MS: '1000' },
    })
    url = await app.listen()
    const { authorization } = await app.as('admin')
    api = new RestClient(url, authorization.replace('Bearer ', ''))
    const made = await api.call('createFleet', { body: { name: 'Stations', deviceType: 'raspberrypi4-64' } })
    fleetId = made.id
    await api.call('createRelease', { params: { fleetId }, body: compose('1.0.0') })
    const key = await api.call('createProvisioningKey', { params: { fleetId }, body: { name: 'test' } })
    provisioningKey = key.secret
    fleet = makeFleet()
    fleet.start()
  })
  afterAll(async () => {
    await fleet.stop()
    await app.close()
  })

  const makeFleet = () =>
    new VirtualFleet({
      url,
      seed: 'contract',
      speed: SPEED,
      groups: [{ fleetId, provisioningKey, deviceType: 'raspberrypi4-64', count: COUNT }],
    })

  it('register, take their release and report it running', async () => {
    await vi.waitFor(async () => {
      const listed = await rows()
      expect(listed.map((row) => row.uuid).sort()).toEqual(fleet.devices.map((device) => device.uuid).sort())
      expect(listed.map((row) => [row.connectivity, row.currentRelease?.semver, row.updateState])).toEqual(
        Array.from({ length: COUNT }, () => ['online', '1.0.0', 'idle']),
      )
    }, soon)
    await vi.waitFor(async () => {
      const device = await detail(first().uuid)
      expect(device.services.map((service) => `${service.name} ${service.status}`)).toEqual([
        'sensor-logger Running',
        'uplink-sync Running',
      ])
      expect(device).toMatchObject({ health: 'ok', hasActionChannel: true, isUndervolted: false })
      expect(device.osVersion).toBe(`balenaOS ${first().osVersion}`)
      expect(device.hostOs.slots).toMatchObject({ active: { name: 'A' }, phase: 'idle' })
      expect(device.lastUpdate).toMatchObject({ mode: 'full', isEstimate: false })
      expect(device.memoryTotalMib).toBe(first().plan.memoryTotalMib)
    }, soon)
  })

  it('send their logs: what the supervisor does and what the services print', async () => {
    await vi.waitFor(async () => {
      const { lines } = await api.call('searchLogs', {}, { device: first().uuid, limit: '200' })
      const messages = lines.map((line) => line.message)
      expect(messages).toContain('Supervisor starting')
      expect(messages.some((message) => message.startsWith("Downloading image 'registry.example/"))).toBe(
        true,
      )
      expect(new Set(lines.map((line) => line.service))).toEqual(
        new Set([null, 'sensor-logger', 'uplink-sync']),
      )
    }, soon)
  })

  it('take an update by delta, with progress on the way', async () => {
    for (const { uuid } of fleet.devices) fleet.inject(uuid, { kind: 'slow-link', bytesPerSecond: 15_000 })
    await api.call('createRelease', { params: { fleetId }, body: compose('1.1.0') })
    await vi.waitFor(async () => {
      expect((await rows()).map((row) => row.currentRelease?.semver)).toEqual(['1.1.0', '1.1.0', '1.1.0'])
    }, soon)
    for (const { uuid } of fleet.devices) {
      expect(await summaries(uuid)).toEqual(
        expect.arrayContaining(['Began to download 1.1.0', 'Runs 1.1.0, was 1.0.0']),
      )
      const { lastUpdate } = await detail(uuid)
      expect(lastUpdate).toMatchObject({ mode: 'delta', isEstimate: false })
      expect(lastUpdate!.sentBytes).toBeGreaterThan(0)
      expect(lastUpdate!.sentBytes).toBeLessThan(lastUpdate!.fullBytes / 4)
    }
  })

  it('do what is asked over the action channel', async () => {
    const { uuid } = first()
    await api.call('createAction', {
      params: { uuid },
      body: { kind: 'restart-service', serviceName: 'uplink-sync' },
    })
    await api.call('createAction', {
      params: { uuid },
      body: { kind: 'restart-service', serviceName: 'nobody' },
    })
    await vi.waitFor(async () => {
      const { actions } = await api.call('listActions', { params: { uuid } })
      expect(actions.map((action) => [action.kind, action.state, action.message])).toEqual([
        ['restart-service', 'failed', 'There is no container of the service nobody'],
        ['restart-service', 'done', 'Restarted uplink-sync'],
      ])
    }, soon)
  })

  it('stop and start a service that their target says so of, and free storage when they are purged', async () => {
    const { uuid } = first()
    const serviceName = 'uplink-sync'
    const ask = (body: { kind: ActionKind; serviceName?: string }) =>
      api.call('createAction', { params: { uuid }, body })
    const become = (status: string) =>
      vi.waitFor(async () => {
        await app.actions.sweep()
        const { services, reasons } = await detail(uuid)
        expect(services.find((service) => service.name === serviceName)!.status).toBe(status)
        expect(reasons).toEqual([])
        const { actions } = await api.call('listActions', { params: { uuid } })
        expect(actions[0]!.state).toBe('done')
      }, soon)
    await ask({ kind: 'stop-service', serviceName })
    await become('exited')
    await ask({ kind: 'start-service', serviceName })
    await become('Running')
    const before = (await detail(uuid)).storageUsedMib!
    await ask({ kind: 'purge' })
    await vi.waitFor(async () => {
      const device = await detail(uuid)
      expect(device.storageUsedMib).toBeLessThan(before)
      expect(device.services.map((service) => service.status)).toEqual(['Running', 'Running'])
    }, soon)
  })

  it('say after a reboot that they did it, once', async () => {
    const { uuid } = first()
    await api.call('createAction', { params: { uuid }, body: { kind: 'reboot' } })
    await vi.waitFor(async () => {
      const { actions } = await api.call('listActions', { params: { uuid } })
      expect(actions[0]).toMatchObject({
        state: 'done',
        message: 'The device has booted again (requested)',
      })
    }, soon)
    expect([...first().executions.values()]).toEqual([1, 1, 1])
  })

  it('come back after a power cut and say why they booted', async () => {
    fleet.cutPower(first().uuid)
    await vi.waitFor(async () => {
      expect(await summaries(first().uuid)).toContain('Rebooted: power')
      const { services } = await detail(first().uuid)
      expect(services.map((service) => service.status)).toEqual(['Running', 'Running'])
    }, soon)
  })

  it('roll a bad host OS back', async () => {
    fleet.inject(first().uuid, { kind: 'os-update', version: '7.0.0', outcome: 'unhealthy' })
    await vi.waitFor(async () => {
      const { hostOs, reasons } = await detail(first().uuid)
      expect(reasons.map((reason) => reason.code)).toContain('os-rollback')
      expect(hostOs.slots).toMatchObject({ phase: 'rolled back', active: { name: 'A' } })
      expect(hostOs.slots!.rollback).toContain('7.0.0 failed its health check')
    }, soon)
  })

  it('follow a host OS rollout; one with a bad slot boots its old one again and counts as rolled back', async () => {
    const [, second, third] = fleet.devices
    const before = new Map(fleet.devices.map((device) => [device.uuid, device.osVersion]))
    fleet.inject(second!.uuid, { kind: 'bad-slot', version: '7.1.0', outcome: 'unhealthy' })
    const { id: rolloutId } = await api.call('createRollout', {
      params: { fleetId },
      body: { osVersion: '7.1.0', plan: osPlan },
    })
    const read = async () => (await api.call('getRollout', { params: { rolloutId } })).rollout
    await vi.waitFor(async () => {
      await app.rollouts.tick()
      expect((await read()).counts).toMatchObject({ succeeded: 2, 'rolled-back': 1 })
    }, soon)
    expect([first().osVersion, second!.osVersion, third!.osVersion]).toEqual([
      '7.1.0',
      before.get(second!.uuid),
      '7.1.0',
    ])
    expect((await detail(second!.uuid)).hostOs.targetVersion).toBeNull()
    await api.call('actOnRollout', { params: { rolloutId, verb: 'roll-back' }, body: {} })
    await vi.waitFor(async () => {
      expect(await read()).toMatchObject({ state: 'rolled-back', counts: { 'rolled-back': 3 } })
      expect(fleet.devices.map((device) => device.osVersion)).toEqual([...before.values()])
    }, soon)
    expect((await detail(first().uuid)).hostOs.targetVersion).toBeNull()
  })

  it('are offline while their network is cut, and heal', async () => {
    const [, second] = fleet.devices
    fleet.cutNetwork([second!.uuid])
    await vi.waitFor(async () => expect((await detail(second!.uuid)).hasActionChannel).toBe(false), soon)
    app.clock.advance(60_000)
    await vi.waitFor(async () => {
      await app.deviceApi.sweep()
      const states = new Map((await rows()).map((row) => [row.uuid, row.connectivity]))
      expect(states.get(second!.uuid)).toBe('offline')
      expect(states.get(first().uuid)).toBe('online')
    }, soon)
    fleet.restoreNetwork()
    await vi.waitFor(async () => {
      expect((await rows()).map((row) => row.connectivity)).toEqual(['online', 'online', 'online'])
    }, soon)
  })

  it('show a crash-looping service as that service’s failure, on a device that is online', async () => {
    const label =
      '    labels:\n      io.wheelhouse.simulator.fault: crash-loop\n      io.wheelhouse.simulator.fault.exit-code: "42"\n'
    await api.call('createRelease', { params: { fleetId }, body: compose('1.2.0', label) })
    await vi.waitFor(async () => {
      const device = await detail(first().uuid)
      expect(device.connectivity).toBe('online')
      const crash = device.reasons.find((reason) => reason.code === 'service-crash-loop')
      expect(crash).toMatchObject({ layer: 'service', service: 'sensor-logger', severity: 'critical' })
      expect(crash!.evidence).toContain('last exit code 42')
      expect(device.layers.find((layer) => layer.name === 'uplink-sync')!.health).toBe('ok')
      expect(device.layers.find((layer) => layer.layer === 'supervisor')!.health).toBe('ok')
    }, soon)
  })

  it('are the same devices when the same seed starts again: their key is exchanged, not doubled', async () => {
    await fleet.stop()
    fleet = makeFleet()
    fleet.start()
    await vi.waitFor(async () => {
      expect(fleet.devices.map((device) => device.commit)).not.toContain(null)
      expect((await rows()).map((row) => row.currentRelease?.semver)).toEqual(['1.2.0', '1.2.0', '1.2.0'])
    }, soon)
    expect(await rows()).toHaveLength(COUNT)
  })
})
