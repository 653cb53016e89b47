import type { Kysely, Transaction } from 'kysely'
import type { Action } from '#contract/device-action'
import type { TargetState } from '#contract/device-protocol'
import type { OutputFile } from '#contract/device-socket'
import type { DeviceDetail, DeviceEvent, MetricSeries } from '#contract/device'
import type { DeviceHealth } from '#contract/health'
import type { LogLine } from '#contract/log'
import type { Role } from '#contract/session'
import type { DeviceTimeline } from '#contract/timeline'
import type { AuditInput } from '../../platform/audit-input.ts'
import type { FleetScope } from '#contract/role'
import type { Schema } from '../../platform/db/schema.ts'
import type { Logger } from '../../platform/logger.ts'

/** What the device told of itself when it was asked, now or before; `note` says when, or why there is nothing. */
export type FromDevice = { files: readonly OutputFile[]; note: string }
export type NoteOfDevice = {
  author: string
  body: string
  created_at: Date
  edited_at: Date | null
  edited_by: string | null
}
export type Actor = { name: string; kind: 'user' | 'api-token'; role: Role }

/** Where the parts of an archive come from: the modules that own them. */
export type DiagnosticsSources = {
  device: (uuid: string) => Promise<DeviceDetail | null>
  events: (deviceId: number, limit: number) => Promise<DeviceEvent[]>
  metrics: (deviceId: number, from: Date, to: Date) => Promise<MetricSeries>
  health: (uuid: string) => Promise<DeviceHealth>
  timeline: (uuid: string, from: Date, to: Date) => Promise<DeviceTimeline | null>
  target: (deviceId: number) => Promise<TargetState | null>
  /** The newest lines of the range, oldest first. */
  lines: (
    uuid: string,
    range: { from: Date; to: Date },
    most: { lines: number; characters: number },
    within: FleetScope,
  ) => Promise<{ lines: LogLine[]; isCut: boolean }>
  notes: (deviceId: number) => Promise<NoteOfDevice[]>
  actions: (uuid: string) => Promise<Action[]>
  askDevice: (uuid: string, actor: Actor) => Promise<FromDevice>
}

export type DiagnosticsDeps = {
  db: Kysely<Schema>
  now: () => Date
  log: Logger
  /** Of the gateway. */
  version: string
  store: string
  audit: (db: Kysely<Schema> | Transaction<Schema>, entry: AuditInput) => Promise<void>
  sources: DiagnosticsSources
}
