import type { DeviceFilter, DeviceRow } from '#contract/device'
import type { Within } from '../../platform/within.ts'
import type { DeviceDeps } from './device-deps.ts'
import { pageDevices, type DeviceCursor } from './device-rows.store.ts'

const EXPORT_PAGE = 200

/** A cell that a spreadsheet must not run as a formula. */
export function csvCell(value: string | number | null | undefined): string {
  // A figure is no text somebody typed: a negative temperature stays a number.
  if (typeof value === 'number') return String(value)
  const text = value ?? ''
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const csvColumns: readonly (readonly [string, (row: DeviceRow) => string | number | null | undefined])[] = [
  ['name', (row) => row.name],
  ['uuid', (row) => row.uuid],
  ['fleet', (row) => row.fleetName],
  ['device type', (row) => row.deviceType],
  ['connectivity', (row) => row.connectivity],
  ['last seen', (row) => row.lastSeenAt],
  ['health', (row) => row.health],
  ['reasons', (row) => row.reasons.map((reason) => reason.evidence).join('; ')],
  ['release', (row) => row.currentRelease?.semver],
  ['target', (row) => row.targetRelease?.semver],
  ['pinned', (row) => (row.isPinned ? 'yes' : 'no')],
  ['update', (row) => row.updateState],
  ['host OS', (row) => row.osVersion],
  ['supervisor', (row) => row.supervisorVersion],
  ['IP address', (row) => row.ipAddress],
  ['CPU %', (row) => row.cpuPercent],
  ['CPU °C', (row) => row.cpuTemperatureC],
  ['memory used MiB', (row) => row.memoryUsedMib],
  ['memory total MiB', (row) => row.memoryTotalMib],
  ['storage used MiB', (row) => row.storageUsedMib],
  ['storage total MiB', (row) => row.storageTotalMib],
  [
    'tags',
    (row) =>
      Object.entries(row.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
  ],
]

/** The filtered list as CSV, a page at a time, so that no list is too long. */
export async function* exportCsv(
  { db, list }: Pick<DeviceDeps, 'db' | 'list'>,
  filter: Within<DeviceFilter>,
): AsyncGenerator<string> {
  yield `${csvColumns.map(([name]) => name).join(',')}\n`
  let after: DeviceCursor | null = null
  do {
    const page: { rows: DeviceRow[]; next: DeviceCursor | null } = await pageDevices(
      db,
      list,
      { ...filter, sort: 'name', direction: 'asc', limit: EXPORT_PAGE, offset: 0 },
      after,
    )
    yield page.rows.map((row) => `${csvColumns.map(([, read]) => csvCell(read(row))).join(',')}\n`).join('')
    after = page.next
  } while (after !== null)
}
