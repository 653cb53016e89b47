import type { DeviceFilter, DeviceRow } from '#contract/device'
import { csvHead, csvLine, type CsvColumns } from '../../platform/csv.ts'
import type { Within } from '../../platform/within.ts'
import type { DeviceDeps } from './device-deps.ts'
import { pageDevices, type DeviceCursor } from './device-rows.store.ts'

const EXPORT_PAGE = 200

const columns: CsvColumns<DeviceRow> = [
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
  yield csvHead(columns)
  let after: DeviceCursor | null = null
  do {
    const page: { rows: DeviceRow[]; next: DeviceCursor | null } = await pageDevices(
      db,
      list,
      { ...filter, sort: 'name', direction: 'asc', limit: EXPORT_PAGE, offset: 0 },
      after,
    )
    yield page.rows.map((row) => csvLine(columns, row)).join('')
    after = page.next
  } while (after !== null)
}
