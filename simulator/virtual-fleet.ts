import type { Agent } from 'undici'
import { planDevices, type DeviceGroup } from './device/device-plan.ts'
import { fault as faultSchema, type FaultInput, type FaultKind } from './device/faults.ts'
import { makeConnections } from './supervisor/gateway-client.ts'
import { Pace, Timers } from './pace.ts'
import { Random } from './random.ts'
import { calmScenario, scenario as scenarioSchema, writeStory, type ScenarioInput } from './scenario.ts'
import { VirtualDevice } from './device/virtual-device.ts'

export type VirtualFleetOptions = {
  url: string
  seed: string
  /** Device time runs this many times as fast as ours; 1 by default. */
  speed?: number
  groups: readonly DeviceGroup[]
  scenario?: ScenarioInput
  /** Our time over which the devices are switched on; 0 by default: all at once. */
  startWithinMs?: number
  onError?: (error: unknown) => void
}

/** Many virtual devices in one process, against one gateway. */
export class VirtualFleet {
  readonly devices: readonly VirtualDevice[]
  readonly #options: VirtualFleetOptions
  readonly #connections: Agent
  readonly #timers: Timers
  readonly #byUuid: ReadonlyMap<string, VirtualDevice>
  readonly #story

  constructor(options: VirtualFleetOptions) {
    this.#options = options
    const pace = new Pace(options.speed ?? 1)
    const onError =
      options.onError ??
      ((error) => {
        throw error
      })
    const story = options.scenario ? scenarioSchema.parse(options.scenario) : calmScenario
    const plans = planDevices(options.seed, [...options.groups, ...story.groups])
    this.#connections = makeConnections()
    this.#timers = new Timers(pace, onError)
    this.#story = writeStory(story, plans, options.seed)
    this.devices = plans.map(
      (plan) =>
        new VirtualDevice({
          url: options.url,
          seed: options.seed,
          pace,
          connections: this.#connections,
          plan,
          releaseFaults: story.releases,
          onError,
        }),
    )
    this.#byUuid = new Map(this.devices.map((device) => [device.uuid, device]))
  }

  /** Switches the devices on and begins the story. */
  start(): void {
    const random = new Random(`${this.#options.seed}/start`)
    for (const device of this.devices)
      this.#timers.afterReal(random.next() * (this.#options.startWithinMs ?? 0), () =>
        device.powerOn('requested'),
      )
    for (const event of this.#story) {
      const device = this.devices[event.index]
      if (!device) continue
      const tell = () => (event.fault ? device.inject(event.fault) : device.clear(event.clear))
      if (event.isOwnTime) device.afterKnown(event.atMs, tell)
      else if (event.atMs === 0) tell()
      else this.#timers.after(event.atMs, tell)
    }
  }

  /** Ends everything; the devices are gone as if their power had failed. */
  async stop(): Promise<void> {
    this.#timers.end()
    for (const device of this.devices) device.stop()
    await this.#connections.destroy()
  }

  device(uuid: string): VirtualDevice {
    const device = this.#byUuid.get(uuid)
    if (!device) throw new Error(`there is no virtual device ${uuid}`)
    return device
  }

  #these(uuids: readonly string[] | undefined): readonly VirtualDevice[] {
    return uuids ? uuids.map((uuid) => this.device(uuid)) : this.devices
  }

  /** Cuts the network of these devices, or of all. */
  cutNetwork(uuids?: readonly string[]): void {
    for (const device of this.#these(uuids)) device.link.cut('cut')
  }

  restoreNetwork(uuids?: readonly string[]): void {
    for (const device of this.#these(uuids)) device.link.restore('cut')
  }

  /** Power fails and comes back after `forSeconds` of device time; null: it stays off until `restorePower`. */
  cutPower(uuid: string, forSeconds: number | null = 20): void {
    if (forSeconds === null) this.device(uuid).powerOff()
    else this.device(uuid).inject({ kind: 'power-cut', forSeconds })
  }

  restorePower(uuid: string): void {
    this.device(uuid).powerOn('power')
  }

  inject(uuid: string, fault: FaultInput): void {
    this.device(uuid).inject(faultSchema.parse(fault))
  }

  clear(uuid: string, kind: FaultKind): void {
    this.device(uuid).clear(kind)
  }
}
