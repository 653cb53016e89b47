import { getHeapStatistics } from 'node:v8'
import type { DeviceReport } from '#contract/device-protocol'
import { hashSecret } from '../../platform/secrets.ts'
import { isSame } from './device-auth.ts'
import type { DeviceState } from './device-state.ts'

/** A device as it was stored last. */
export type StoredDevice = {
  state: DeviceState
  /** Version of its row, and of its fleet's row, whose limits are part of the state. */
  version: string
  fleetVersion: string
  keyHash: string
  /** The `apps` it reported last, when nothing has moved since that they decide; null: not known. */
  apps: DeviceReport['apps'] | null
}

/** One remembered device takes about this much memory. */
const DEVICE_BYTES = 2_000
/** Of the memory that the process may take. */
const SHARE = 0.15
const MAX_SHARED = 10_000

/**
 * Devices as this gateway stored them last, so that a report reads nothing. Whoever writes from what is remembered says
 * which version that was; the database refuses it when another has written since (docs/decisions/0005).
 */
export class RememberedDevices {
  readonly #devices = new Map<number, StoredDevice>()
  readonly #idOf = new Map<string, number>()
  readonly #max: number
  /** Parts that many devices have in common are kept once. */
  readonly #shared = new Map<string, unknown>()

  constructor(max = Math.floor((getHeapStatistics().heap_size_limit * SHARE) / DEVICE_BYTES)) {
    this.#max = max
  }

  get size(): number {
    return this.#devices.size
  }
  /** Whether another device makes the one remembered longest go. */
  get isFull(): boolean {
    return this.#devices.size >= this.#max
  }

  get(deviceId: number): StoredDevice | undefined {
    return this.#devices.get(deviceId)
  }

  /**
   * The device when `key` is what was remembered as its own. It may have been exchanged or the device deleted since: an
   * input is stored only if it holds, and whoever reads for it must compare `keyHash`.
   */
  recognise(uuid: string, key: string): { deviceId: number; keyHash: string } | null {
    const deviceId = this.#idOf.get(uuid)
    const stored = deviceId === undefined ? undefined : this.#devices.get(deviceId)
    if (deviceId === undefined || !stored || !isSame(stored.keyHash, hashSecret(key))) return null
    return { deviceId, keyHash: stored.keyHash }
  }

  /** When there are too many the one remembered longest makes room. */
  remember(device: StoredDevice): void {
    if (this.#max === 0) return
    const { deviceId, uuid } = device.state
    if (this.isFull && !this.#devices.has(deviceId)) {
      const [oldest] = this.#devices.keys()
      if (oldest !== undefined) this.forget(oldest)
    }
    this.#devices.set(deviceId, device)
    this.#idOf.set(uuid, deviceId)
  }

  /** A device that was read and not stepped: only where there is room and nothing newer is known of it. */
  offer(device: StoredDevice): void {
    if (this.isFull || this.#devices.has(device.state.deviceId)) return
    this.remember(this.share(device))
  }

  forget(deviceId: number): void {
    const uuid = this.#devices.get(deviceId)?.state.uuid
    if (uuid === undefined) return
    this.#devices.delete(deviceId)
    if (this.#idOf.get(uuid) === deviceId) this.#idOf.delete(uuid)
  }

  /**
   * A device as a report left it. Services that moved are looked for among those of others: most devices of a fleet come to
   * the same ones, and each would hold its own from its first update on. Those under way are of one device and one moment.
   */
  follow(before: StoredDevice, device: StoredDevice): void {
    const { services } = device.state
    const areToShare =
      services !== before.state.services && services.every((row) => row.downloadPercent === null)
    this.remember(
      areToShare ? { ...device, state: { ...device.state, services: this.#one(services) } } : device,
    )
  }

  /** A device as read, with its parts that others have too replaced by theirs. States are never changed in place. */
  share(device: StoredDevice): StoredDevice {
    const { state } = device
    return {
      ...device,
      fleetVersion: this.#one(device.fleetVersion),
      state: {
        ...state,
        fleetUuid: this.#one(state.fleetUuid),
        thresholds: this.#one(state.thresholds),
        target: this.#one(state.target),
        current: this.#one(state.current),
        services: this.#one(state.services),
        stopped: this.#one(state.stopped),
        // What ails a device says since when, so that it is of that device alone.
        reasons: state.reasons.length === 0 ? this.#one(state.reasons) : state.reasons,
        facts: this.#one(state.facts),
        tags: this.#one(state.tags),
        osVersion: this.#one(state.osVersion),
        osVariant: this.#one(state.osVariant),
        supervisorVersion: this.#one(state.supervisorVersion),
        status: this.#one(state.status),
      },
    }
  }

  #one<T>(part: T): T {
    if (part === null) return part
    const key = JSON.stringify(part)
    const known = this.#shared.get(key)
    if (known !== undefined) return known as T
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear()
    this.#shared.set(key, part)
    return part
  }
}
