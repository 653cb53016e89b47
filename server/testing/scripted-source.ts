import type { DeviceReport } from '#contract/device-protocol'
import type { MissingAbility, SourceCheck } from '#contract/source'
import type {
  FleetTarget,
  PinOutcome,
  PinRequest,
  SourceAction,
  SourceChanges,
  SourceDevice,
  SourceFleet,
  SourceLine,
  SourcePage,
  SourceRelease,
  SourceVariable,
} from '../sources/fleet-source.ts'
import type { ReadSource } from '../sources/open-source.ts'

const PAGE = 3

/** Items of a list from a place on, as a page of it. */
function pageOf<T>(items: readonly T[], after: string | null): SourcePage<T> {
  const from = Number(after ?? 0)
  const next = from + PAGE
  return { items: items.slice(from, next), next: next < items.length ? String(next) : null }
}

type Reader = { onLines: (lines: SourceLine[]) => void; cut: (error: Error) => void }

/**
 * A backend in memory that tests script: what is in it is changed as if by other means, and what is set in it is written down.
 * Its lists come in small pages.
 */
export class ScriptedSource implements ReadSource {
  readonly turnMs = 20
  readonly kind = 'balena'
  readonly name = 'openBalena at api.example.com'
  readonly address = 'https://api.example.com'
  readonly missing: readonly MissingAbility[] = []
  readonly budget = { perMinute: 120, lastMinute: 0, quietUntilMs: null }
  /** Thrown by whatever is asked. */
  failure: Error | null = null
  /** Commits that it takes for nobody, and why. */
  readonly refused = new Map<string, string>()
  /** Thrown when a fleet is to be given a target. */
  fleetRefusal: Error | null = null
  /** Pins as they were asked for, a batch each. */
  readonly pinBatches: PinRequest[][] = []
  readonly fleetTargets: { fleetUuid: string; target: FleetTarget }[] = []
  readonly actions: SourceAction[] = []
  /** Whole lists of devices that were read. */
  fullReads = 0
  readonly #fleets = new Map<string, SourceFleet>()
  readonly #releases: SourceRelease[] = []
  readonly #devices = new Map<string, SourceDevice>()
  readonly #variables: SourceVariable[] = []
  readonly #lines = new Map<string, SourceLine[]>()
  readonly #readers = new Map<string, Set<Reader>>()
  /** What changed, in order; a position is how much of it was told. */
  #news: { device?: string; release?: string }[] = []
  /** Positions of before it are not understood any more. */
  #epoch = 0

  // What its own people and devices do.

  addFleet(fleet: SourceFleet): void {
    this.#fleets.set(fleet.uuid, fleet)
  }
  addRelease(release: SourceRelease): void {
    const at = this.#releases.findIndex(({ commit }) => commit === release.commit)
    if (at < 0) this.#releases.push(release)
    else this.#releases[at] = release
    this.#news.push({ release: release.commit })
  }
  addDevice(device: SourceDevice): void {
    this.#devices.set(device.uuid, device)
    this.#news.push({ device: device.uuid })
  }
  changeDevice(uuid: string, change: Partial<SourceDevice>): void {
    this.addDevice({ ...this.deviceNow(uuid), ...change })
  }
  reports(uuid: string, report: DeviceReport): void {
    this.changeDevice(uuid, { report: { ...this.deviceNow(uuid).report, ...report } })
  }
  removeDevices(uuids: readonly string[]): void {
    for (const uuid of uuids) this.#devices.delete(uuid)
  }
  retarget(fleetUuid: string, target: FleetTarget): void {
    this.#fleets.set(fleetUuid, { ...this.fleetNow(fleetUuid), target })
  }
  setVariables(variables: readonly SourceVariable[]): void {
    this.#variables.splice(0, this.#variables.length, ...variables)
  }
  /** A device says something; whoever follows it hears it at once. */
  say(uuid: string, lines: readonly SourceLine[]): void {
    this.#lines.set(uuid, [...(this.#lines.get(uuid) ?? []), ...lines])
    for (const reader of this.#readers.get(uuid) ?? []) reader.onLines([...lines])
  }
  /** Connections that follow a device break. */
  cutLines(uuid: string): void {
    for (const reader of this.#readers.get(uuid) ?? []) reader.cut(new Error('the connection was cut'))
  }
  /** It forgets what changed until now. */
  forgetPositions(): void {
    this.#epoch += 1
  }
  followers = (uuid: string): number => this.#readers.get(uuid)?.size ?? 0
  get uuids(): string[] {
    return [...this.#devices.keys()]
  }

  deviceNow(uuid: string): SourceDevice {
    const device = this.#devices.get(uuid)
    if (!device) throw new Error(`no device ${uuid} is there`)
    return device
  }
  fleetNow(uuid: string): SourceFleet {
    const fleet = this.#fleets.get(uuid)
    if (!fleet) throw new Error(`no fleet ${uuid} is there`)
    return fleet
  }
  pinsNow = () => [...this.#devices.values()].map(({ pin }) => pin)

  // The port.

  #answer<T>(value: () => T): Promise<T> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(value())
  }
  fleets = () => this.#answer(() => [...this.#fleets.values()])
  releases = (fleetUuid: string, after: string | null) =>
    this.#answer(() =>
      pageOf(
        this.#releases.filter((release) => release.fleetUuid === fleetUuid),
        after,
      ),
    )
  devices = (after: string | null) =>
    this.#answer(() => {
      if (after === null) this.fullReads += 1
      return pageOf([...this.#devices.values()], after)
    })
  device = (uuid: string) => this.#answer(() => this.#devices.get(uuid) ?? null)
  devicesOf = (uuids: readonly string[]) =>
    this.#answer(() => uuids.flatMap((uuid) => this.#devices.get(uuid) ?? []))
  deviceUuids = () => this.#answer(() => this.uuids)
  variables = (fleetUuid: string) =>
    this.#answer(() => this.#variables.filter((variable) => variable.fleetUuid === fleetUuid))

  changes = (position: string | null): Promise<SourceChanges> =>
    this.#answer(() => {
      const [epoch, from] = (position ?? '').split('/').map(Number)
      const isResync = position !== null && epoch !== this.#epoch
      const start = position === null || isResync ? this.#news.length : (from ?? 0)
      const told = this.#news.slice(start, start + PAGE)
      const end = start + told.length
      const uuids = new Set(told.flatMap(({ device }) => device ?? []))
      const commits = new Set(told.flatMap(({ release }) => release ?? []))
      return {
        devices: [...uuids].flatMap((uuid) => this.#devices.get(uuid) ?? []),
        releases: this.#releases.filter(({ commit }) => commits.has(commit)),
        position: `${this.#epoch}/${end}`,
        isMore: end < this.#news.length,
        isResync,
      }
    })

  logs = (uuid: string, count: number) => this.#answer(() => (this.#lines.get(uuid) ?? []).slice(-count))
  followLogs = async (
    uuid: string,
    count: number,
    onLines: (lines: SourceLine[]) => void,
    signal: AbortSignal,
  ): Promise<void> => {
    const history = await this.logs(uuid, count)
    if (signal.aborted) return
    await new Promise<void>((resolve, reject) => {
      const reader: Reader = { onLines, cut: reject }
      const readers = this.#readers.get(uuid) ?? new Set()
      this.#readers.set(uuid, readers.add(reader))
      const end = () => {
        readers.delete(reader)
        resolve()
      }
      reader.cut = (error) => {
        readers.delete(reader)
        reject(error)
      }
      signal.addEventListener('abort', end, { once: true })
      if (history.length > 0) onLines(history)
    })
  }

  pinDevices = (pins: readonly PinRequest[]): Promise<PinOutcome[]> =>
    this.#answer(() => {
      this.pinBatches.push([...pins])
      return pins.flatMap(({ uuid, expected, commit }): PinOutcome[] => {
        const device = this.#devices.get(uuid)
        if (!device) return []
        if (device.pin !== expected) return [{ uuid, pin: device.pin, refusal: null }]
        const refusal = commit === null ? null : (this.refused.get(commit) ?? null)
        if (refusal !== null) return [{ uuid, pin: device.pin, refusal }]
        this.changeDevice(uuid, { pin: commit })
        return [{ uuid, pin: commit, refusal: null }]
      })
    })

  setFleetTarget = async (fleetUuid: string, target: FleetTarget): Promise<void> => {
    await this.#answer(() => null)
    if (this.fleetRefusal) throw this.fleetRefusal
    this.fleetTargets.push({ fleetUuid, target })
    this.retarget(fleetUuid, target)
  }
  act = (action: SourceAction) =>
    this.#answer(() => {
      this.actions.push(action)
    })
  check = (): Promise<SourceCheck> =>
    Promise.resolve({ isOk: this.failure === null, steps: [], version: null, actor: null })
}
