import {
  createContainer,
  endStatus,
  isStaying,
  startContainer,
  stopContainer,
  type Happening,
} from './containers.ts'
import { abandonDownloads, failDownloads, nextLayerMs, receive, startDownload } from './downloads.ts'
import { isUpdating, removeUnused, type Container, type Engine } from './engine.ts'
import type { ServiceFault } from '../device/service-fault.ts'
import type { DesiredRelease, DesiredService } from './target.ts'

/** What the world around the engine is like while it works. */
export type Conditions = {
  hasNetwork: boolean
  bytesPerSecond: number
  isDeltaEnabled: boolean
  /** A service holds an update lock: running containers must not be killed. */
  isLocked: boolean
  faultOf: (service: string) => ServiceFault | null
}

const MOST_STEPS = 2_000
const NETWORK_ERROR = 'connect ETIMEDOUT: the registry cannot be reached'

const isOf = (release: DesiredRelease, service: DesiredService) => (container: Container) =>
  container.service === service.name &&
  container.appUuid === release.appUuid &&
  container.commit === release.commit &&
  container.config === service.config

/** Kills running containers unless a lock forbids it; answers whether it may. */
function kill(engine: Engine, old: readonly Container[], conditions: Conditions, out: Happening[]): boolean {
  const living = old.filter(isStaying)
  if (living.length === 0) return true
  if (conditions.isLocked) {
    if (!engine.isWaitingForLock) out.push({ kind: 'locked' })
    engine.isWaitingForLock = true
    return false
  }
  if (engine.isWaitingForLock || !engine.hasLocks) out.push({ kind: 'locks-taken' })
  engine.isWaitingForLock = false
  engine.hasLocks = true
  for (const container of living) {
    stopContainer(container)
    out.push({ kind: 'killing', service: container.service, image: container.image })
  }
  return true
}

/** Same service, same configuration, new release: the container goes on under its new name. */
function adopt(release: DesiredRelease, service: DesiredService, old: readonly Container[]): boolean {
  const same = old.find(
    (container) =>
      isStaying(container) && container.appUuid === release.appUuid && container.config === service.config,
  )
  if (same) same.commit = release.commit
  return same !== undefined
}

function handOver(service: DesiredService, own: Container, old: readonly Container[]): void {
  if (own.status !== 'Running') return
  for (const container of old.filter((other) => other.status === 'Running')) {
    container.status = 'Handing over'
    container.leftMs = service.handoverMs
    own.status = 'Awaiting handover'
    own.leftMs = service.handoverMs
  }
}

/** Stops a container that its target says is not to run, and starts it again when that changes. */
function hold(service: DesiredService, own: Container, conditions: Conditions, out: Happening[]): void {
  const { service: name, image } = own
  if (service.isRunning === !own.isHeld || own.status === 'Installing' || !isStaying(own)) return
  if (service.isRunning) {
    startContainer(own)
    out.push({ kind: 'starting', service: name, image })
    return
  }
  if (own.status === 'Running' && conditions.isLocked) return
  Object.assign(own, { status: 'exited', leftMs: Number.POSITIVE_INFINITY, isHeld: true, hasStarted: true })
  out.push({ kind: 'killing', service: name, image }, { kind: 'killed', service: name, image })
}

/** Starts whatever may be started now for one service of the release (device-protocol section 7). */
function beginService(
  engine: Engine,
  release: DesiredRelease,
  service: DesiredService,
  conditions: Conditions,
  out: Happening[],
): void {
  const own = engine.containers.find(isOf(release, service))
  const old = engine.containers.filter((container) => container.service === service.name && container !== own)
  if (own) {
    hold(service, own, conditions, out)
    if (service.strategy === 'hand-over') handOver(service, own, old)
    return
  }
  const hasImage = engine.images.has(service.image)
  const hasAllImages = release.services.every((other) => engine.images.has(other.image))
  const isEager = service.strategy === 'kill-then-download' || service.strategy === 'delete-then-download'
  const isUnchanged = old.some((container) => container.config === service.config)
  if (isEager && !isUnchanged && !hasImage) {
    if (!kill(engine, old, conditions, out) || old.length > 0) return
    if (service.strategy === 'delete-then-download') deleteImages(engine, service, out)
  }
  if (!hasImage) {
    startDownload(engine, release, service, conditions, out)
    return
  }
  if (!hasAllImages) return
  if (!conditions.isLocked && adopt(release, service, old)) return
  const isBeside = service.strategy === 'hand-over' && old.some((container) => container.status === 'Running')
  if (!isBeside && (!kill(engine, old, conditions, out) || old.length > 0)) return
  createContainer(engine, release, service)
  out.push({ kind: 'installing', service: service.name, image: service.image })
}

function deleteImages(engine: Engine, service: DesiredService, out: Happening[]): void {
  for (const [image, owner] of engine.images) {
    if (owner.service !== service.name || image === service.image) continue
    engine.images.delete(image)
    out.push({ kind: 'image-deleted', image })
  }
}

function begin(
  engine: Engine,
  release: DesiredRelease | null,
  conditions: Conditions,
  out: Happening[],
): void {
  const names = new Set(release?.services.map((service) => service.name))
  const foreign = engine.containers.filter(
    (container) => container.appUuid !== release?.appUuid || !names.has(container.service),
  )
  kill(engine, foreign, conditions, out)
  for (const service of release?.services ?? [])
    beginService(engine, release as DesiredRelease, service, conditions, out)
  if (release && isUpdating(engine, release) && hasArrived(engine, release)) {
    engine.appliedCommit = release.commit
    for (const image of removeUnused(engine, release)) out.push({ kind: 'image-deleted', image })
    if (engine.hasLocks) out.push({ kind: 'locks-released' })
    engine.hasLocks = false
    out.push({ kind: 'applied', commit: release.commit })
  }
}

/** Every service of the release was started and nothing else is left. */
function hasArrived(engine: Engine, release: DesiredRelease): boolean {
  return (
    engine.containers.length === release.services.length &&
    release.services.every((service) =>
      engine.containers.some(
        (container) =>
          isOf(release, service)(container) &&
          container.hasStarted &&
          container.status !== 'Awaiting handover',
      ),
    )
  )
}

/** Device time until something ends by itself; Infinity when nothing does. */
export function nextEndMs(engine: Engine, conditions: Conditions): number {
  return Math.min(
    ...engine.containers.map((container) => container.leftMs),
    ...[...engine.retries.values()].map((retry) =>
      retry.leftMs > 0 ? retry.leftMs : Number.POSITIVE_INFINITY,
    ),
    engine.downloads.size > 0 ? nextLayerMs(engine, conditions.bytesPerSecond) : Number.POSITIVE_INFINITY,
  )
}

function elapse(
  engine: Engine,
  release: DesiredRelease | null,
  conditions: Conditions,
  ms: number,
  out: Happening[],
): void {
  if (release && engine.downloads.size > 0) receive(engine, release, conditions.bytesPerSecond, ms, out)
  for (const retry of engine.retries.values()) retry.leftMs = Math.max(0, retry.leftMs - ms)
  for (const container of [...engine.containers]) {
    container.leftMs -= ms
    if (container.leftMs <= 0.001) endStatus(engine, container, conditions.faultOf(container.service), out)
  }
}

/**
 * Lets the engine work towards `release` for `elapsedMs` of device time. Everything depends on the arguments alone:
 * no clock, no chance. Answers what happened, in order.
 */
export function advance(
  engine: Engine,
  release: DesiredRelease | null,
  conditions: Conditions,
  elapsedMs: number,
): Happening[] {
  const out: Happening[] = []
  abandonDownloads(engine, release)
  if (!conditions.hasNetwork && engine.downloads.size > 0) failDownloads(engine, NETWORK_ERROR, out)
  let leftMs = elapsedMs
  for (let step = 0; step < MOST_STEPS; step++) {
    begin(engine, release, conditions, out)
    const ms = Math.min(leftMs, nextEndMs(engine, conditions))
    if (ms <= 0 || !Number.isFinite(ms)) break
    elapse(engine, release, conditions, ms, out)
    leftMs -= ms
  }
  return out
}
