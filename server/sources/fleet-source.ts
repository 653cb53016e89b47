import type { ActionKind } from '#contract/device-action'
import type { Connectivity } from '#contract/device'
import type { DeviceReport } from '#contract/device-protocol'
import type { Architecture } from '#contract/fleet'
import type { ReleaseStatus } from '#contract/release'
import type { MissingAbility, SourceCheck, SourceKind } from '#contract/source'

/** A source names things by what they are called everywhere: fleets and devices by uuid, releases by commit, services by name. */
export type SourceFleet = {
  uuid: string
  name: string
  deviceType: { slug: string; name: string; architecture: Architecture }
  target: FleetTarget
  services: string[]
}
/** What devices of a fleet should run that have no pin; `commit` null: nothing. */
export type FleetTarget = { kind: 'track-latest' | 'pinned'; commit: string | null }

export type SourceRelease = {
  fleetUuid: string
  commit: string
  semver: string
  status: ReleaseStatus
  failureReason: string | null
  notes: string
  composition: Record<string, unknown>
  createdAt: Date
  finalisedAt: Date | null
  images: { service: string; image: string; digest: string | null; sizeBytes: number | null }[]
}

/** A device as its source knows it. */
export type SourceDevice = {
  uuid: string
  fleetUuid: string
  name: string
  deviceType: { slug: string; name: string; architecture: Architecture }
  createdAt: Date
  connectivity: Connectivity
  /** Since when it is so; null: never heard. */
  connectivityChangedAt: Date | null
  /** Commit of the release it is pinned to by itself. */
  pin: string | null
  publicAddress: string | null
  /** Fields and apps as the device would report them. */
  report: DeviceReport
  tags: Record<string, string>
}

/** A page of a list; `next` is handed back for the one after it, null: it was the last. */
export type SourcePage<T> = { items: T[]; next: string | null }

export type SourceVariable = {
  kind: 'environment' | 'configuration'
  fleetUuid: string
  deviceUuid: string | null
  service: string | null
  name: string
  value: string
}

export type SourceLine = {
  /** As the device says. */
  at: Date
  /** When the source took it; grows from line to line of a device. */
  receivedAt: Date
  service: string | null
  isSystem: boolean
  isStderr: boolean
  message: string
}

/**
 * Devices and releases that changed since a position, whole as they are now; what was removed is not among them. `isMore`: ask
 * again at once. `isResync`: the source cannot tell any more what changed since then: read everything again and go on from
 * `position`.
 */
export type SourceChanges = {
  devices: SourceDevice[]
  releases: SourceRelease[]
  position: string
  isMore: boolean
  isResync: boolean
}

/** A pin to set; it is only set where the device still has the pin `expected`, so that nobody's own pin is overwritten. */
export type PinRequest = {
  uuid: string
  fleetUuid: string
  expected: string | null
  commit: string | null
}
/**
 * What the device is pinned to afterwards, by whomever; null: to nothing. `refusal`: why the source did not take what was asked;
 * null: it took it, or somebody else had changed the pin. Devices that are gone are left out.
 */
export type PinOutcome = { uuid: string; pin: string | null; refusal: string | null }

export type SourceAction = {
  uuid: string
  fleetUuid: string
  kind: ActionKind
  serviceName: string | null
  isForced: boolean
}

/**
 * Where fleets come from. Every method throws `SourceFailure` where the source cannot be reached or refuses, and
 * `CannotDo` for what `missing` names.
 */
export type FleetSource = {
  readonly kind: SourceKind
  /** For people. */
  readonly name: string
  /** Null: the source is this gateway. */
  readonly address: string | null
  /** What it cannot do, and why. */
  readonly missing: readonly MissingAbility[]
  fleets(): Promise<SourceFleet[]>
  /** Of one fleet, oldest first. */
  releases(fleetUuid: string, after: string | null): Promise<SourcePage<SourceRelease>>
  devices(after: string | null): Promise<SourcePage<SourceDevice>>
  /** Null: there is none. */
  device(uuid: string): Promise<SourceDevice | null>
  /** Those of these devices that there are; `uuids`: at most 200. */
  devicesOf(uuids: readonly string[]): Promise<SourceDevice[]>
  /** Of a fleet and of its devices. */
  variables(fleetUuid: string): Promise<SourceVariable[]>
  /** The uuids of all devices, to find those that were removed. */
  deviceUuids(): Promise<string[]>
  /** Null as position: from now on. */
  changes(position: string | null): Promise<SourceChanges>
  /** The newest lines of a device, oldest first. */
  logs(deviceUuid: string, count: number): Promise<SourceLine[]>
  /** Hands over the newest `count` lines and those that follow, until `signal` is aborted; rejects when the stream breaks. */
  followLogs(
    deviceUuid: string,
    count: number,
    onLines: (lines: SourceLine[]) => void,
    signal: AbortSignal,
  ): Promise<void>
  pinDevices(pins: readonly PinRequest[]): Promise<PinOutcome[]>
  setFleetTarget(fleetUuid: string, target: FleetTarget): Promise<void>
  /** Resolves when the device took it. */
  act(action: SourceAction): Promise<void>
  /** Tests the connection step by step; never throws. */
  check(): Promise<SourceCheck>
}
