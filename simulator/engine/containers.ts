import type { Container, Engine } from './engine.ts'
import type { DesiredRelease, DesiredService } from './target.ts'
import type { ServiceFault } from '../device/service-fault.ts'

/** Something the engine did, in the order it did it; logs, tags and reports follow from these. */
export type Happening =
  | { kind: 'download-started'; service: string; image: string; mode: 'delta' | 'full' }
  | { kind: 'downloaded'; service: string; image: string }
  | { kind: 'download-failed'; service: string; image: string; error: string }
  | { kind: 'installing' | 'installed' | 'starting' | 'started'; service: string; image: string }
  | { kind: 'start-failed'; service: string; image: string; error: string }
  | { kind: 'killing' | 'killed'; service: string; image: string }
  | { kind: 'exited'; service: string; image: string; code: number }
  | { kind: 'restarting'; service: string; image: string }
  | { kind: 'image-deleted'; image: string }
  | { kind: 'locked' | 'locks-taken' | 'locks-released' }
  | { kind: 'applied'; commit: string }

const INSTALL_MS = 900
const CREATED_MS = 300
const START_MS = 1_500
const STOP_MS = 1_800
const RETRY_START_MS = 10_000
const FIRST_RESTART_MS = 1_000
const LONGEST_RESTART_MS = 20_000

export function createContainer(engine: Engine, release: DesiredRelease, service: DesiredService): Container {
  const container: Container = {
    appUuid: release.appUuid,
    commit: release.commit,
    service: service.name,
    serviceId: service.serviceId,
    image: service.image,
    config: service.config,
    status: 'Installing',
    leftMs: INSTALL_MS,
    hasStarted: false,
    isHeld: false,
    crashes: 0,
  }
  engine.containers.push(container)
  return container
}

export function stopContainer(container: Container): void {
  container.status = 'Stopping'
  container.leftMs = STOP_MS
}

export const startContainer = (container: Container): void => {
  container.isHeld = false
  container.status = 'Starting'
  container.leftMs = START_MS
}

/** A container exists and is not on its way out. */
export const isStaying = (container: Container) => container.status !== 'Stopping'

/** How long a healthy container keeps running by itself: for ever, unless its service crashes. */
const runFor = (fault: ServiceFault | null) =>
  fault?.kind === 'crash-loop' ? fault.afterMs : Number.POSITIVE_INFINITY

function run(container: Container, fault: ServiceFault | null, out: Happening[]): void {
  container.status = 'Running'
  container.leftMs = runFor(fault)
  container.hasStarted = true
  out.push({ kind: 'started', service: container.service, image: container.image })
}

/** What becomes of a container whose status has lasted its time. `fault`: what its service does wrong here. */
export function endStatus(
  engine: Engine,
  container: Container,
  fault: ServiceFault | null,
  out: Happening[],
): void {
  const { service, image } = container
  switch (container.status) {
    case 'Installing':
      container.status = 'Installed'
      container.leftMs = CREATED_MS
      out.push({ kind: 'installed', service, image })
      return
    case 'Installed':
      container.status = 'Starting'
      container.leftMs = START_MS
      out.push({ kind: 'starting', service, image })
      return
    case 'Starting':
      if (fault?.kind === 'boot-fail') {
        container.status = 'Installed'
        container.leftMs = RETRY_START_MS
        const error = 'OCI runtime create failed: exec: "/usr/src/app/start": permission denied: unknown'
        out.push({ kind: 'start-failed', service, image, error })
      } else run(container, fault, out)
      return
    case 'Running':
      exit(engine, container, fault?.exitCode ?? 0, out)
      return
    case 'exited':
      engine.restarts.set(service, (engine.restarts.get(service) ?? 0) + 1)
      out.push({ kind: 'restarting', service, image })
      run(container, fault, out)
      return
    case 'Awaiting handover':
      container.status = 'Running'
      container.leftMs = runFor(fault)
      return
    case 'Handing over':
      stopContainer(container)
      out.push({ kind: 'killing', service, image })
      return
    case 'Stopping':
      engine.containers.splice(engine.containers.indexOf(container), 1)
      out.push({ kind: 'killed', service, image })
      return
  }
}

/** The process of a container ended by itself: the engine starts it again, ever later (docker's restart policy). */
export function exit(engine: Engine, container: Container, code: number, out: Happening[]): void {
  container.status = 'exited'
  container.leftMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(container.crashes, 10))
  container.crashes += 1
  engine.exitCodes.set(container.service, code)
  out.push({ kind: 'exited', service: container.service, image: container.image, code })
}
