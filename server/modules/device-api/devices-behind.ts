/**
 * Devices with inputs that are stored apart from their group: what comes after them must not overtake them, so it waits in
 * the same line.
 */
export class DevicesBehind {
  readonly #counts = new Map<number, number>()

  has(deviceId: number): boolean {
    return this.#counts.has(deviceId)
  }

  /** The device is behind until `work` is settled. */
  async until<T>(deviceId: number, work: Promise<T>): Promise<T> {
    this.#counts.set(deviceId, (this.#counts.get(deviceId) ?? 0) + 1)
    try {
      return await work
    } finally {
      const left = (this.#counts.get(deviceId) ?? 1) - 1
      if (left === 0) this.#counts.delete(deviceId)
      else this.#counts.set(deviceId, left)
    }
  }
}
