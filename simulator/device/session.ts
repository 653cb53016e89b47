import type { Conditions } from '../engine/apply.ts'
import type { DeviceKeys } from './device-keys.ts'
import type { DevicePlan } from './device-plan.ts'
import type { Engine } from '../engine/engine.ts'
import type { CommandJournal, CommandStep } from '../supervisor/command-journal.ts'
import type { GatewayClient } from '../supervisor/gateway-client.ts'
import type { Link } from './link.ts'
import type { Strain } from './metrics-walk.ts'
import type { OsOutcome, OsSlots } from './os-slots.ts'
import type { Pace, Timers } from '../pace.ts'
import type { Random } from '../random.ts'
import type { Target } from '../engine/target.ts'

/** What survives a power cut. */
export type Disk = {
  deviceId: number | null
  keys: DeviceKeys
  engine: Engine
  /** The last target: a device without a network runs what it was told before. */
  target: Target | null
  slots: OsSlots
  supervisorRestarts: number
  /** Commands it was sent, and what became of them. */
  journal: CommandJournal
  /** Share of the storage that purging its volumes freed. */
  freedPercent: number
}

export type BootReason = 'requested' | 'power' | 'watchdog'

/** What the device around it is to a supervisor. */
export type Surroundings = {
  conditions: () => Conditions
  strain: () => Strain
  /** Its own clock, which may be wrong. */
  clockMs: () => number
  /** It sends reports and tags: a hanging supervisor does not. */
  isReporting: () => boolean
  /** It asks for its target. */
  isAsking: () => boolean
  isPolling: () => boolean
  /** How an update of its host OS to this version will end. */
  osOutcome: (version: string) => OsOutcome
  floodLinesPerSecond: () => number
  /** The gateway has taken a report. */
  onHeard: () => void
  reboot: (reason: BootReason) => void
  shutDown: () => void
  goSilent: () => void
  /** A command came so far; power may fail in this very moment. */
  onCommandStep: (step: CommandStep, id: string) => void
}

/** Everything the parts of one running supervisor share; it ends with the boot it belongs to. */
export type Session = {
  url: string
  plan: DevicePlan
  disk: Disk
  link: Link
  pace: Pace
  timers: Timers
  client: GatewayClient
  random: Random
  around: Surroundings
  boot: { reason: BootReason; at: string; count: number }
}
