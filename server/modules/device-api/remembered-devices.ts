import { getHeapStatistics } from 'node:v8'
import type { DeviceReport } from '#contract/device-protocol'
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
  readonly #max: number
  /** Parts that many devices have in common are kept once. */
  readonly #shared = new Map<string, unknown>()

  constructor(max = Math.floor((getHeapStatistics().heap_size_limit * SHARE) / DEVICE_BYTES)) {
    this.#max = max
  }

  get(deviceId: number): StoredDevice | undefined {
    return this.#devices.get(deviceId)
  }

  /** When there are too many the one remembered longest makes room. */
  remember(device: StoredDevice): void {
    if (this.#max === 0) return
    const { deviceId } = device.state
    if (this.#devices.size >= this.#max && !this.#devices.has(deviceId)) {
      const [oldest] = this.#devices.keys()
      if (oldest !== undefined) this.#devices.delete(oldest)
    }
    this.#devices.set(deviceId, device)
  }

  forget(deviceId: number): void {
    this.#devices.delete(deviceId)
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
        reasons: this.#one(state.reasons),
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
