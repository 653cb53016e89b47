import type { Agent } from 'undici'
import { makeKey } from './device-keys.ts'
import type { DevicePlan } from './device-plan.ts'
import { DeviceFaults } from './device-faults.ts'
import { emptyEngine, losePower } from '../engine/engine.ts'
import { isMomentary, type Fault, type FaultKind } from './faults.ts'
import { emptyJournal } from '../supervisor/command-journal.ts'
import { GatewayClient } from '../supervisor/gateway-client.ts'
import { Link } from './link.ts'
import { restingMetrics, type Metrics } from './metrics-walk.ts'
import { activeVersion, bootSlots, makeSlots } from './os-slots.ts'
import { Timers, type Pace } from '../pace.ts'
import { Random } from '../random.ts'
import type { ReleaseFault } from './service-fault.ts'
import type { BootReason, Disk, Surroundings } from './session.ts'
import { startSupervisor, type Supervisor } from '../supervisor/supervisor.ts'

const BOOT_MS = 12_000
const WATCHDOG_MS = 10_000

/** `cut`: it runs, but its network is gone. */
export type DevicePower = 'off' | 'booting' | 'running' | 'cut'

export type DeviceParts = {
  url: string
  seed: string
  pace: Pace
  connections: Agent
  plan: DevicePlan
  /** What releases do wrong. */
  releaseFaults: readonly ReleaseFault[]
  onError: (error: unknown) => void
}

/** A whole device: power, network, disk, faults, and while it runs a supervisor. */
export class VirtualDevice {
  readonly plan: DevicePlan
  readonly link = new Link()
  readonly #parts: DeviceParts
  readonly #random: Random
  readonly #faults: DeviceFaults
  /** What goes on without the device's power: somebody switches it on again, a fault ends. */
  readonly #outside: Timers
  readonly #disk: Disk
  #metrics: Metrics
  #supervisor: Supervisor | null = null
  #power: 'off' | 'booting' | 'running' = 'off'
  #boots = 0
  #isKnown = false
  readonly #onKnown: (() => void)[] = []
  #onCommandStep: Surroundings['onCommandStep'] = () => undefined
  /** Asked for while it could not be done. */
  #owedOsUpdate: Extract<Fault, { kind: 'os-update' }> | null = null

  constructor(parts: DeviceParts) {
    this.#parts = parts
    this.plan = parts.plan
    this.#random = new Random(`${parts.seed}/device/${parts.plan.index}/life`)
    this.#outside = new Timers(parts.pace, parts.onError)
    this.#metrics = restingMetrics(parts.plan)
    this.#disk = {
      deviceId: null,
      keys: { own: parts.plan.key, next: null },
      engine: emptyEngine(),
      target: null,
      slots: makeSlots(parts.plan.osVersion, parts.plan.previousOsVersion),
      supervisorRestarts: 0,
      journal: emptyJournal(),
      freedPercent: 0,
    }
    this.#faults = new DeviceFaults(
      parts.plan,
      this.#disk,
      this.link,
      this.#outside,
      this.#random.fork('faults'),
      parts.releaseFaults,
    )
  }

  get uuid(): string {
    return this.plan.uuid
  }
  get deviceType(): string {
    return this.plan.deviceType
  }
  get name(): string | null {
    return this.#disk.target?.name ?? null
  }
  get state(): DevicePower {
    return this.#power === 'running' && !this.link.isUp ? 'cut' : this.#power
  }
  /** The release that was applied last. */
  get commit(): string | null {
    return this.#disk.engine.appliedCommit
  }
  get osVersion(): string {
    return activeVersion(this.#disk.slots)
  }
  /** How often each command was really done, by its id. */
  get executions(): ReadonlyMap<string, number> {
    return this.#disk.journal.executions
  }
  /** The key it speaks with. */
  get key(): string {
    return this.#disk.keys.own
  }
  /** Somebody takes its key away and writes the provisioning key into its configuration again; it boots. */
  reprovision(): void {
    this.#disk.deviceId = null
    this.#disk.keys.own = makeKey()
    this.#disk.keys.next = null
    this.reboot('requested')
  }
  /** Breaks the socket for actions as a flap of the network does. */
  flapSocket(): void {
    this.#supervisor?.flapSocket()
  }
  /** Runs `watch` at each step of a command, before anything else happens; it may cut the power. */
  watchCommands(watch: Surroundings['onCommandStep']): void {
    this.#onCommandStep = watch
  }
  get faults(): FaultKind[] {
    return this.#faults.kinds
  }

  /** Power comes on; nothing when it is on. */
  powerOn(reason: BootReason = 'power'): void {
    if (this.#power !== 'off') return
    this.#power = 'booting'
    bootSlots(this.#disk.slots)
    // The very first start is its unpacking, which nobody waits for.
    this.#outside.after(this.#boots++ === 0 ? 0 : BOOT_MS, () => this.#startSupervisor(reason))
  }

  /** Power goes at once, as it does in the field: nothing is finished, nobody is told. */
  powerOff(): void {
    if (this.#power === 'off') return
    this.#stopSupervisor()
    this.#power = 'off'
    losePower(this.#disk.engine)
  }

  #startSupervisor(reason: BootReason): void {
    if (this.#power !== 'booting') return
    this.#power = 'running'
    this.link.restore('power')
    const { url, pace, connections, plan, onError } = this.#parts
    const clockMs = () => Date.now() + this.#faults.clockOffsetMs
    this.#supervisor = startSupervisor(
      {
        url,
        plan,
        disk: this.#disk,
        link: this.link,
        pace,
        timers: new Timers(pace, onError),
        client: new GatewayClient(url, connections, plan, this.#disk.keys),
        random: this.#random.fork(`boot ${this.#boots}`),
        boot: { reason, at: new Date(clockMs()).toISOString(), count: this.#boots },
        around: {
          conditions: () => this.#faults.conditions(),
          strain: () => this.#faults.strain(),
          clockMs,
          floodLinesPerSecond: () => this.#faults.floodLinesPerSecond,
          isReporting: () => !this.#faults.has('supervisor-hang'),
          isAsking: () => this.#faults.hang?.polls ?? true,
          isPolling: () => !this.#faults.has('never-polls'),
          osOutcome: (version) => this.#faults.osOutcome(version),
          reboot: (why) => this.reboot(why),
          shutDown: () => this.powerOff(),
          goSilent: () => this.link.cut('silent'),
          onHeard: () => this.#noteHeard(),
          onCommandStep: (step, id) => this.#onCommandStep(step, id),
        },
      },
      this.#metrics,
    )
    const owed = this.#owedOsUpdate
    this.#owedOsUpdate = null
    if (owed) this.#supervisor.updateOs(owed.version, owed.outcome)
  }

  #stopSupervisor(): void {
    if (this.#supervisor) this.#metrics = this.#supervisor.metrics()
    this.#supervisor?.stop()
    this.#supervisor = null
    // What it had asked for and was not answered yet ends with it.
    this.link.cut('power')
  }

  reboot(reason: BootReason): void {
    if (this.#power === 'off') return
    this.powerOff()
    this.link.restore('silent')
    this.powerOn(reason)
  }

  #noteHeard(): void {
    if (this.#isKnown) return
    this.#isKnown = true
    for (const run of this.#onKnown.splice(0)) run()
  }

  /** Runs once this much device time after the gateway took the device's first report. */
  afterKnown(deviceMs: number, run: () => void): void {
    const start = () => void this.#outside.after(deviceMs, run)
    if (this.#isKnown) start()
    else this.#onKnown.push(start)
  }

  inject(fault: Fault): void {
    if (!isMomentary(fault)) {
      this.#faults.begin(fault, () => this.#supervisor?.work())
      return
    }
    switch (fault.kind) {
      case 'power-cut':
        this.powerOff()
        this.#outside.after(fault.forSeconds * 1000, () => this.powerOn('power'))
        return
      case 'watchdog':
        // Nothing answers while the system hangs.
        this.link.cut('hang')
        this.#outside.after(WATCHDOG_MS, () => {
          this.link.restore('hang')
          this.reboot('watchdog')
        })
        return
      case 'supervisor-restart':
        if (this.#power !== 'running') return
        this.#disk.supervisorRestarts += 1
        this.#stopSupervisor()
        this.#power = 'booting'
        this.#startSupervisor('requested')
        return
      case 'os-update':
        if (this.#supervisor) this.#supervisor.updateOs(fault.version, fault.outcome)
        else this.#owedOsUpdate = fault
        return
      default:
        return
    }
  }

  clear(kind: FaultKind): void {
    this.#faults.end(kind)
  }

  /** The process ends: everything stops, nothing comes back. */
  stop(): void {
    this.#outside.end()
    this.powerOff()
  }
}
