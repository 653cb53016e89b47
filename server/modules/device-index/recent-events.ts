/** What a fleet's last hour is told by. */
export const newsKinds = ['wentOffline', 'cameBack', 'updated', 'updateFailed', 'healthWorsened'] as const
export type NewsKind = (typeof newsKinds)[number]
export type LastHour = Record<NewsKind, number>
export type News = { deviceId: number; fleetId: number; atMs: number; kinds: readonly NewsKind[] }

const HOUR_MS = 3_600_000

/** When each device last had one kind of news, oldest first. */
class LatestByDevice {
  #atMs = new Map<number, number>()
  #newestMs = Number.NEGATIVE_INFINITY
  #isOrdered = true

  note(deviceId: number, atMs: number): void {
    const known = this.#atMs.get(deviceId)
    if (known !== undefined && known >= atMs) return
    // Set anew, a key stands at the end.
    this.#atMs.delete(deviceId)
    this.#atMs.set(deviceId, atMs)
    if (atMs < this.#newestMs) this.#isOrdered = false
    else this.#newestMs = atMs
  }

  forget(deviceId: number): void {
    this.#atMs.delete(deviceId)
  }

  countSince(fromMs: number): number {
    if (!this.#isOrdered) this.#atMs = new Map([...this.#atMs].sort(([, a], [, b]) => a - b))
    this.#isOrdered = true
    for (const [deviceId, atMs] of this.#atMs) {
      if (atMs > fromMs) break
      this.#atMs.delete(deviceId)
    }
    return this.#atMs.size
  }
}

/** How many devices of each fleet had which news within the last hour: each costs once when it comes and once when it goes. */
export class RecentEvents {
  readonly #fleets = new Map<number, Map<NewsKind, LatestByDevice>>()

  note({ deviceId, fleetId, atMs, kinds }: News): void {
    const fleet = this.#fleets.get(fleetId) ?? new Map<NewsKind, LatestByDevice>()
    this.#fleets.set(fleetId, fleet)
    for (const kind of kinds) {
      const latest = fleet.get(kind) ?? new LatestByDevice()
      fleet.set(kind, latest)
      latest.note(deviceId, atMs)
    }
  }

  /** A device is gone, and what happened to it. */
  forget(deviceId: number): void {
    for (const fleet of this.#fleets.values()) for (const latest of fleet.values()) latest.forget(deviceId)
  }

  /** `nowMs` must not go back: what is older than an hour is forgotten. */
  lastHour(fleetId: number, nowMs: number): LastHour {
    const fleet = this.#fleets.get(fleetId)
    const count = (kind: NewsKind) => fleet?.get(kind)?.countSince(nowMs - HOUR_MS) ?? 0
    return {
      wentOffline: count('wentOffline'),
      cameBack: count('cameBack'),
      updated: count('updated'),
      updateFailed: count('updateFailed'),
      healthWorsened: count('healthWorsened'),
    }
  }
}
