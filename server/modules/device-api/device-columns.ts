import type { DeviceColumns } from './device-state.ts'

type Value = string | number | boolean | object | null
type Column = { type: string; read: (state: DeviceColumns) => Value }

const iso = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString())
const rank = { critical: 0, attention: 1, unknown: 2, ok: 3 }

/** The columns of `device` that a step may move, with their types and how they follow from a state. */
export const deviceColumns = {
  connectivity: { type: 'text', read: (s) => s.connectivity },
  connectivity_changed_at: { type: 'timestamptz', read: (s) => s.connectivityChangedAtMs },
  last_seen_at: { type: 'timestamptz', read: (s) => s.lastSeenAtMs },
  last_poll_at: { type: 'timestamptz', read: (s) => s.lastPollAtMs },
  last_report_at: { type: 'timestamptz', read: (s) => s.lastReportAtMs },
  next_check_at: { type: 'timestamptz', read: (s) => s.nextCheckAtMs },
  poll_interval_ms: { type: 'integer', read: (s) => s.pollIntervalMs },
  health: { type: 'text', read: (s) => s.health },
  health_rank: { type: 'smallint', read: (s) => rank[s.health] },
  health_reasons: { type: 'jsonb', read: (s) => s.reasons },
  health_memory: { type: 'jsonb', read: (s) => s.memory },
  device_facts: { type: 'jsonb', read: (s) => s.facts },
  tags: { type: 'jsonb', read: (s) => s.tags },
  current_release_id: { type: 'bigint', read: (s) => s.currentReleaseId },
  update_state: { type: 'text', read: (s) => s.updateState },
  update_percent: { type: 'smallint', read: (s) => s.updatePercent },
  update_progress_at: { type: 'timestamptz', read: (s) => s.updateProgressAtMs },
  os_version: { type: 'text', read: (s) => s.osVersion },
  os_variant: { type: 'text', read: (s) => s.osVariant },
  supervisor_version: { type: 'text', read: (s) => s.supervisorVersion },
  ip_address: { type: 'text', read: (s) => s.ipAddress },
  public_address: { type: 'text', read: (s) => s.publicAddress },
  mac_address: { type: 'text', read: (s) => s.macAddress },
  api_port: { type: 'integer', read: (s) => s.apiPort },
  status: { type: 'text', read: (s) => s.status },
  provisioning_state: { type: 'text', read: (s) => s.provisioningState },
  provisioning_progress: { type: 'integer', read: (s) => s.provisioningProgress },
  cpu_id: { type: 'text', read: (s) => s.cpuId },
  storage_block_device: { type: 'text', read: (s) => s.storageBlockDevice },
  cpu_percent: { type: 'integer', read: (s) => s.cpuPercent },
  cpu_temperature_c: { type: 'integer', read: (s) => s.cpuTemperatureC },
  memory_used_mib: { type: 'integer', read: (s) => s.memoryUsedMib },
  memory_total_mib: { type: 'integer', read: (s) => s.memoryTotalMib },
  storage_used_mib: { type: 'integer', read: (s) => s.storageUsedMib },
  storage_total_mib: { type: 'integer', read: (s) => s.storageTotalMib },
  metrics_at: { type: 'timestamptz', read: (s) => s.metricsAtMs },
  is_undervolted: { type: 'boolean', read: (s) => s.isUndervolted },
  clock_skew_ms: { type: 'bigint', read: (s) => s.clockSkewMs },
} satisfies Record<string, Column>
export type DeviceColumn = keyof typeof deviceColumns

const columns: readonly (Column & { name: DeviceColumn })[] = (
  Object.keys(deviceColumns) as DeviceColumn[]
).map((name) => ({ name, ...deviceColumns[name] }))

const isSame = (a: unknown, b: unknown) =>
  a === b ||
  (typeof a === 'object' &&
    typeof b === 'object' &&
    a !== null &&
    b !== null &&
    JSON.stringify(a) === JSON.stringify(b))

/** The columns in which the two states differ. */
export function changedColumns(before: DeviceColumns, after: DeviceColumns): DeviceColumn[] {
  const changed: DeviceColumn[] = []
  for (const { name, read } of columns) if (!isSame(read(before), read(after))) changed.push(name)
  return changed
}

/** What a column of these states is set to: one value where all agree, else an array of them. Texts as PostgreSQL reads them. */
export function columnValues(
  name: DeviceColumn,
  states: readonly DeviceColumns[],
): { isOne: boolean; text: string | null } {
  const { type, read } = deviceColumns[name] as Column
  const values = states.map(read)
  const [first] = values
  const toText = (value: Value | undefined): string | null => {
    if (value === null || value === undefined) return null
    if (type === 'timestamptz') return iso(Number(value))
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  if (values.every((value) => value === first)) return { isOne: true, text: toText(first) }
  const isQuoted = type === 'text' || type === 'jsonb'
  return { isOne: false, text: arrayLiteral(values.map(toText), isQuoted) }
}

/** A one-dimensional array as PostgreSQL reads it. */
export const arrayLiteral = (values: readonly (string | null)[], isQuoted: boolean) =>
  `{${values.map((value) => (value === null ? 'NULL' : isQuoted ? quoted(value) : value)).join(',')}}`

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
