import type { Generated, JSONColumnType } from 'kysely'
import type { Architecture } from '#contract/fleet'
import type { Connectivity, UpdateState } from '#contract/device'
import type { Health, HealthReason, HealthThresholds, Layer } from '#contract/health'
import type { ReleaseStatus, releaseService } from '#contract/release'
import type { Default, DefaultTime, Id, Json, Nullable, NullableTime, Time } from './column-kinds.ts'
import type { AccessTables } from './schema-access.ts'
import type { ActionTables } from './schema-actions.ts'
import type { CareTables } from './schema-care.ts'
import type { IdempotencyTables } from './schema-idempotency.ts'
import type { LogTables } from './schema-logs.ts'
import type { RolloutTables } from './schema-rollouts.ts'
import type { SearchTables } from './schema-search.ts'
import type { SourceTables } from './schema-source.ts'
import type { z } from 'zod'

/**
 * The tables of `server/migrations`, as both stores answer them: bigint as number, timestamptz as Date,
 * jsonb parsed. JSON is written as text (`JSON.stringify`), because the driver would turn an array into a
 * PostgreSQL array.
 */
type Layers = z.infer<typeof releaseService>['layers']

export type Schema = AccessTables &
  ActionTables &
  CareTables &
  IdempotencyTables &
  LogTables &
  RolloutTables &
  SearchTables &
  SourceTables & {
    audit_entry: {
      id: Id
      at: DefaultTime
      actor: string
      actor_kind: 'user' | 'api-token' | 'device' | 'system'
      address: Default<string>
      action: string
      subject_kind: string
      subject_id: string
      fleet_id: Nullable<number>
      summary: string
      data: Json<Record<string, unknown>>
    }
    audit_seal: { position: number; entry_id: number; hash: string; sealed_at: Time }
    audit_unsealed: { entry_id: number }
    device_type: { slug: string; name: string; architecture: Architecture; os_versions: Json<string[]> }
    fleet: {
      id: Id
      uuid: string
      name: string
      device_type: string
      policy: Default<'track-latest' | 'pinned'>
      target_release_id: Nullable<number>
      health_thresholds: Json<Partial<HealthThresholds>>
      /** After a change of limits: devices up to this id are judged anew; null: all are. */
      judged_up_to: Nullable<number>
      log_retention_days: Nullable<number>
      log_retention_bytes: Nullable<number>
      created_at: DefaultTime
    }
    provisioning_key: {
      id: Id
      fleet_id: number
      name: string
      key_hash: string
      created_by: string
      created_at: DefaultTime
      expires_at: NullableTime
      last_used_at: NullableTime
      revoked_at: NullableTime
      /** Devices that registered with it. */
      registered: Default<number>
      replaced_at: NullableTime
    }
    /** Keys that were revoked or rotated away, which no device may take again. */
    retired_device_key: { key_hash: string; retired_at: Time }
    service: { id: Id; fleet_id: number; name: string }
    release: {
      id: Id
      fleet_id: number
      commit: string
      semver: string
      status: ReleaseStatus
      failure_reason: Nullable<string>
      notes: Default<string>
      compose_yaml: string
      composition: JSONColumnType<Record<string, unknown>>
      device_types: Json<string[]>
      size_bytes: Nullable<number>
      created_by: string
      created_at: DefaultTime
      finalised_at: NullableTime
    }
    release_image: {
      id: Id
      release_id: number
      service_id: number
      image: string
      digest: Nullable<string>
      architecture: Nullable<Architecture>
      update_strategy: string
      labels: Json<Record<string, string>>
      environment: Json<Record<string, string>>
      composition: Json<Record<string, unknown>>
      size_bytes: Nullable<number>
      layers: Json<Layers>
    }
    device: DeviceTable
    device_service: {
      device_id: number
      release_commit: string
      service_name: string
      image: string
      status: string
      download_percent: Nullable<number>
      restarts: Nullable<number>
      last_exit_code: Nullable<number>
      updated_at: DefaultTime
    }
    variable: {
      id: Id
      kind: 'environment' | 'configuration'
      fleet_id: number
      device_id: Nullable<number>
      service_name: Nullable<string>
      name: string
      value: string
      updated_at: DefaultTime
    }
    device_event: {
      id: Id
      at: DefaultTime
      device_id: number
      fleet_id: number
      kind: string
      layer: Nullable<Layer>
      severity: Default<'info' | 'ok' | 'attention' | 'critical'>
      summary: string
      actor: Nullable<string>
      data: Json<Record<string, unknown>>
    }
    metric: {
      device_id: number
      at: Time
      cpu_percent: Nullable<number>
      cpu_temperature_c: Nullable<number>
      memory_used_mib: Nullable<number>
      memory_total_mib: Nullable<number>
      storage_used_mib: Nullable<number>
      storage_total_mib: Nullable<number>
    }
  }

type DeviceTable = {
  id: Id
  uuid: string
  fleet_id: number
  device_type: string
  name: string
  /** While it is revoked the hash of no key. */
  key_hash: string
  /** Of a key the device has made and not used yet. */
  next_key_hash: Nullable<string>
  key_changed_at: NullableTime
  key_revoked_at: NullableTime
  key_revoked_by: Nullable<string>
  key_revoked_reason: Nullable<string>
  may_return_until: NullableTime
  created_at: DefaultTime
  deleted_at: NullableTime
  notes_changed_at: NullableTime
  joined_at: DefaultTime
  connectivity: Default<Connectivity>
  connectivity_changed_at: NullableTime
  last_seen_at: NullableTime
  last_poll_at: NullableTime
  last_report_at: NullableTime
  next_check_at: NullableTime
  poll_interval_ms: Default<number>
  health: Default<Health>
  health_rank: Default<number>
  health_reasons: Json<HealthReason[]>
  pinned_release_id: Nullable<number>
  assigned_release_id: Nullable<number>
  target_release_id: Nullable<number>
  target_changed_at: NullableTime
  target_os_version: Nullable<string>
  current_release_id: Nullable<number>
  update_state: Default<UpdateState>
  update_percent: Nullable<number>
  update_progress_at: NullableTime
  os_version: Nullable<string>
  os_variant: Nullable<string>
  supervisor_version: Nullable<string>
  ip_address: Nullable<string>
  public_address: Nullable<string>
  mac_address: Nullable<string>
  api_port: Nullable<number>
  status: Nullable<string>
  provisioning_state: Nullable<string>
  provisioning_progress: Nullable<number>
  cpu_id: Nullable<string>
  storage_block_device: Nullable<string>
  cpu_percent: Nullable<number>
  cpu_temperature_c: Nullable<number>
  memory_used_mib: Nullable<number>
  memory_total_mib: Nullable<number>
  storage_used_mib: Nullable<number>
  storage_total_mib: Nullable<number>
  metrics_at: NullableTime
  is_undervolted: Nullable<boolean>
  undervolted_since: NullableTime
  clock_skew_ms: Nullable<number>
  has_action_channel: Default<boolean>
  action_channel_at: Time | null
  is_asked_by_source: Default<boolean>
  lock_overridden_until: NullableTime
  health_memory: Json<HealthMemory>
  tags: Json<Record<string, string>>
  device_facts: Json<Record<string, string>>
  revision: Generated<number>
}

/** What the health rules must remember between reports. Times are ISO strings, newest last, bounded. */
export type HealthMemory = {
  /** Restart instants by service inside the longest window, at most 50 each. */
  restarts?: Record<string, string[]>
  /** Restart counters last seen by service. */
  restartCounters?: Record<string, number>
  lastReboot?: { at: string; reason: string }
  supervisorRestarts?: string[]
  osRollback?: { at: string; detail: string }
  clockSkewSince?: string
  /** Returns after a gap in its polls that no reboot explains, at most 50. */
  networkDrops?: string[]
  /** The rise of its memory that goes on: from where, since when, its peak, over how many reports. */
  memoryRise?: { since: string; fromMib: number; peakMib: number; reports: number }
  /** The device said that a lock holds its update back: first and last time, and its words. */
  updateLock?: { at: string; lastAt: string; detail: string }
  /** Its newest log line, as far as it was looked for: only when polls fail to come. */
  lastLineAt?: string
}
