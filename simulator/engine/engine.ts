import { manifestOf } from '../registry.ts'
import type { DesiredRelease } from './target.ts'

export type ContainerStatus =
  | 'Installing'
  | 'Installed'
  | 'Starting'
  | 'Running'
  | 'Stopping'
  | 'exited'
  | 'Handing over'
  | 'Awaiting handover'

export type Container = {
  appUuid: string
  commit: string
  service: string
  serviceId: number
  image: string
  config: string
  status: ContainerStatus
  /** Device time until this status ends by itself; Infinity: it does not. */
  leftMs: number
  /** Whether it ever ran: an update counts as applied although its service crashes later. */
  hasStarted: boolean
  /** Stopped by hand: it is not started again. */
  isHeld: boolean
  crashes: number
}

export type Download = {
  image: string
  reference: string
  service: string
  mode: 'delta' | 'full'
  /** Layers still to come with their bytes on the wire, the one under way first. */
  missing: { digest: string; bytes: number }[]
  /** Of the layer under way. */
  layerBytesDone: number
  bytesDone: number
  bytesTotal: number
}

/** What an update cost; told through the device's tags. */
export type UpdateCost = { commit: string; mode: 'delta' | 'full'; bytes: number; fullBytes: number }

/** The container engine and what it keeps. `downloads` and `retries` are memory, the rest is on disk. */
export type Engine = {
  layers: Set<string>
  /** `reference`: under which the virtual registry knows it. */
  images: Map<string, { appUuid: string; service: string; reference: string }>
  containers: Container[]
  /** The last release that was applied whole. */
  appliedCommit: string | null
  cost: UpdateCost | null
  /** How often each service was restarted, and how it ended last. */
  restarts: Map<string, number>
  exitCodes: Map<string, number>
  downloads: Map<string, Download>
  retries: Map<string, { failures: number; leftMs: number }>
  isWaitingForLock: boolean
  hasLocks: boolean
}

export const emptyEngine = (): Engine => ({
  layers: new Set(),
  images: new Map(),
  containers: [],
  appliedCommit: null,
  cost: null,
  restarts: new Map(),
  exitCodes: new Map(),
  downloads: new Map(),
  retries: new Map(),
  isWaitingForLock: false,
  hasLocks: false,
})

/** The images of a release come with the flashed disk. */
export function preload(engine: Engine, release: DesiredRelease): void {
  for (const service of release.services) {
    const { name, image, reference } = service
    engine.images.set(image, { appUuid: release.appUuid, service: name, reference })
    for (const layer of manifestOf(reference).layers) engine.layers.add(layer.digest)
  }
}

/** Power goes: what is on disk stays, complete layers too; what ran will be started again at the next boot. */
export function losePower(engine: Engine): void {
  engine.downloads.clear()
  engine.retries.clear()
  engine.isWaitingForLock = false
  engine.hasLocks = false
  engine.containers = engine.containers.filter((container) => container.status !== 'Stopping')
  for (const container of engine.containers) {
    container.status = 'exited'
    container.leftMs = Number.POSITIVE_INFINITY
  }
}

const START_MS = 1_500

/** After a boot every container is started again, but those that were stopped by hand. */
export function startAll(engine: Engine): void {
  for (const container of engine.containers) {
    if (container.isHeld) continue
    container.status = 'Starting'
    container.leftMs = START_MS
  }
}

/** Removes images that no container and no wanted release names, and the layers only they had. */
export function removeUnused(engine: Engine, release: DesiredRelease | null): string[] {
  const wanted = new Set([
    ...engine.containers.map((container) => container.image),
    ...(release?.services.map((service) => service.image) ?? []),
  ])
  const removed = [...engine.images.keys()].filter((image) => !wanted.has(image))
  for (const image of removed) engine.images.delete(image)
  if (removed.length > 0) {
    const used = new Set(
      [...engine.images.values()].flatMap(({ reference }) =>
        manifestOf(reference).layers.map((layer) => layer.digest),
      ),
    )
    for (const digest of engine.layers) if (!used.has(digest)) engine.layers.delete(digest)
  }
  return removed
}

export const isUpdating = (engine: Engine, release: DesiredRelease | null): boolean =>
  release !== null && engine.appliedCommit !== release.commit
