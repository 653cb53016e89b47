import type { Conditions } from '../engine/apply.ts'
import type { DevicePlan } from './device-plan.ts'
import type { Fault, FaultKind } from './faults.ts'
import type { Link } from './link.ts'
import type { OsOutcome } from './os-slots.ts'
import { noStrain, type Strain } from './metrics-walk.ts'
import type { Timers } from '../pace.ts'
import type { Random } from '../random.ts'
import { findReleaseFault, suffers, type ReleaseFault, type ServiceFault } from './service-fault.ts'
import type { Disk } from './session.ts'

type Lasting<K extends FaultKind> = Extract<Fault, { kind: K }>

/** The faults a device suffers from at present, and what they do to everything else on it. */
export class DeviceFaults {
  readonly #plan: DevicePlan
  readonly #disk: Disk
  readonly #link: Link
  readonly #timers: Timers
  readonly #random: Random
  readonly #releaseFaults: readonly ReleaseFault[]
  readonly #present = new Map<FaultKind, { fault: Fault; onChange: () => void; cancel: () => void }>()

  constructor(
    plan: DevicePlan,
    disk: Disk,
    link: Link,
    timers: Timers,
    random: Random,
    releaseFaults: readonly ReleaseFault[],
  ) {
    this.#plan = plan
    this.#disk = disk
    this.#link = link
    this.#timers = timers
    this.#random = random
    this.#releaseFaults = releaseFaults
  }

  get kinds(): FaultKind[] {
    return [...this.#present.keys()]
  }
  has(kind: FaultKind): boolean {
    return this.#present.has(kind)
  }
  /** How far its clock is from the true time. */
  get clockOffsetMs(): number {
    return (this.#of('wrong-clock')?.offsetSeconds ?? 0) * 1000
  }

  /** How an update of its host OS to this version ends. */
  osOutcome(version: string): OsOutcome {
    const bad = this.#of('bad-slot')
    return bad && (bad.version === undefined || bad.version === version) ? bad.outcome : 'ok'
  }

  /** What a hanging supervisor no longer does; null: it does not hang. */
  get hang(): { polls: boolean } | null {
    return this.#of('supervisor-hang')
  }

  /** Lines of a service that prints too much, a second of device time. */
  get floodLinesPerSecond(): number {
    return this.#of('log-flood')?.linesPerSecond ?? 0
  }

  #of<K extends FaultKind>(kind: K): Lasting<K> | null {
    const found = this.#present.get(kind)?.fault
    return found ? (found as Lasting<K>) : null
  }

  /** Begins a lasting fault, or changes the one of its kind. */
  begin(fault: Fault, onChange: () => void): void {
    this.end(fault.kind)
    const forSeconds = 'forSeconds' in fault ? fault.forSeconds : undefined
    const cancel =
      forSeconds === undefined
        ? () => undefined
        : this.#timers.after(forSeconds * 1000, () => this.end(fault.kind))
    this.#present.set(fault.kind, { fault, onChange, cancel })
    if (fault.kind === 'away') this.#link.cut('away')
    if (fault.kind === 'flaky-link') this.#flap(fault, true)
    if (fault.kind === 'crash-loop') this.#crashSoon(fault)
    onChange()
  }

  end(kind: FaultKind): void {
    const ended = this.#present.get(kind)
    if (!ended) return
    this.#present.delete(kind)
    ended.cancel()
    if (kind === 'away') this.#link.restore('away')
    if (kind === 'flaky-link') this.#link.restore('flaky')
    if (kind === 'crash-loop') this.#recover()
    ended.onChange()
  }

  #flap(fault: Lasting<'flaky-link'>, isUp: boolean): void {
    if (this.#of('flaky-link') !== fault) return
    if (isUp) this.#link.restore('flaky')
    else this.#link.cut('flaky')
    const meanMs = (isUp ? fault.upSeconds : fault.downSeconds) * 1000
    this.#timers.after(meanMs * this.#random.between(0.4, 1.6), () => this.#flap(fault, !isUp))
  }

  /** The service that runs already begins to crash too. */
  #crashSoon(fault: Lasting<'crash-loop'>): void {
    for (const container of this.#disk.engine.containers)
      if (container.service === this.#crashing() && container.status === 'Running')
        container.leftMs = fault.everySeconds * 1000
  }

  #recover(): void {
    for (const container of this.#disk.engine.containers)
      if (container.status === 'Running' && this.#faultOf(container.service) === null)
        Object.assign(container, { leftMs: Number.POSITIVE_INFINITY, crashes: 0 })
  }

  #crashing(): string | null {
    const fault = this.#of('crash-loop')
    return fault ? (fault.service ?? this.#disk.target?.release?.services[0]?.name ?? null) : null
  }

  #faultOf(service: string): ServiceFault | null {
    const own = this.#of('crash-loop')
    if (own && this.#crashing() === service)
      return {
        kind: 'crash-loop',
        exitCode: own.exitCode,
        afterMs: own.everySeconds * 1000,
        deviceTypes: [],
        share: 1,
      }
    const release = this.#disk.target?.release
    const desired = release?.services.find((one) => one.name === service)
    if (!release || !desired) return null
    const fault = desired.fault ?? findReleaseFault(this.#releaseFaults, release.commit, service)
    return fault && suffers(fault, service, this.#plan) ? fault : null
  }

  conditions(): Conditions {
    const target = this.#disk.target
    return {
      hasNetwork: this.#link.isUp,
      bytesPerSecond: this.#of('slow-link')?.bytesPerSecond ?? this.#plan.bytesPerSecond,
      isDeltaEnabled: target?.isDeltaEnabled ?? false,
      isLocked: this.has('update-lock') && !(target?.isLockOverridden ?? false),
      faultOf: (service) => this.#faultOf(service),
    }
  }

  strain(): Strain {
    const { engine, target } = this.#disk
    const leaking = engine.containers.some(
      (container) =>
        container.status === 'Running' && this.#faultOf(container.service)?.kind === 'memory-leak',
    )
    return {
      ...noStrain,
      heatC: this.#of('cpu-heat')?.celsius ?? null,
      memoryLeakPerMinute: this.#of('memory-leak')?.percentPerMinute ?? (leaking ? 4 : 0),
      fillsToPercent: this.#of('disk-full')?.percent ?? null,
      freedPercent: this.#disk.freedPercent,
      isUndervolted: this.has('undervoltage'),
      isUpdating: engine.downloads.size > 0 || (target?.release?.commit ?? null) !== engine.appliedCommit,
      isBusy: this.has('cpu-busy'),
    }
  }
}
