import type { Kysely, Transaction } from 'kysely'
import type { Connectivity } from '#contract/device'
import type { DeviceReport } from '#contract/device-protocol'
import type { Topic } from '#contract/events'
import type { Change } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'
import type { FleetSource, SourceLine } from '../fleet-source.ts'

/** What a device is told to have said, in this order. */
export type Heard =
  | { kind: 'report'; deviceId: number; report: DeviceReport }
  | { kind: 'tags'; deviceId: number; tags: Record<string, string> }
  | {
      kind: 'heartbeat'
      deviceId: number
      connectivity: Connectivity
      changedAtMs: number | null
      publicAddress: string | null
    }

export type MirroredDevice = { deviceId: number; uuid: string; fleetId: number }

export type MirrorDeps = {
  source: FleetSource
  db: Kysely<Schema>
  now: () => Date
  /** What the source gives devices that ask for no longer interval. */
  pollIntervalMs: number
  log: Logger
  publish: (changes: readonly Change[]) => void
  /** Stores what devices said, as if they had said it here. */
  hear: (heard: readonly Heard[]) => Promise<void>
  storeLines: (device: MirroredDevice, lines: readonly SourceLine[]) => Promise<void>
  /** A device goes; answers what changed in its rollouts. */
  leaveRollouts: (trx: Transaction<Schema>, deviceId: number) => Promise<readonly Change[]>
  /** What the open pages of this gateway look at. */
  watched: () => readonly Topic[]
}
