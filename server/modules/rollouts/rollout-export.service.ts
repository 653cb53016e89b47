import type { RolloutDevice } from '#contract/rollout'
import { scanRolloutDevices } from './rollout-devices.store.ts'
import type { Db } from './rollout-rows.ts'

const columns = [
  ['uuid', (row) => row.uuid],
  ['name', (row) => row.name],
  ['device type', (row) => row.deviceType],
  ['phase', (row) => row.phaseIndex + 1],
  ['state', (row) => row.state],
  ['percent', (row) => row.percent],
  ['reason', (row) => row.reason],
  ['ran before', (row) => row.previousRelease?.semver ?? row.previousOsVersion],
  ['sent bytes', (row) => row.sentBytes],
  ['full bytes', (row) => row.fullBytes],
  ['connectivity', (row) => row.connectivity],
  ['last seen', (row) => row.lastSeenAt],
  ['failed', (row) => row.failedAt],
  ['changed', (row) => row.updatedAt],
] as const satisfies readonly (readonly [string, (row: RolloutDevice) => string | number | null])[]

/**
 * One field of RFC 4180. What devices call themselves is hostile: a text that a spreadsheet would take for a formula gets
 * an apostrophe before it.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Every device of the rollout as CSV, in the order of offers, a batch at a time. */
export async function* exportDevicesCsv(db: Db, rolloutId: number): AsyncGenerator<string> {
  yield `${columns.map(([name]) => name).join(',')}\r\n`
  for await (const rows of scanRolloutDevices(db, rolloutId))
    yield rows.map((row) => `${columns.map(([, read]) => csvField(read(row))).join(',')}\r\n`).join('')
}

/** A report and every device as one JSON document: `{report, devices}`, a batch at a time. */
export async function* exportJson(db: Db, rolloutId: number, report: unknown): AsyncGenerator<string> {
  yield `{"report":${JSON.stringify(report)},"devices":[`
  let separator = '\n'
  for await (const rows of scanRolloutDevices(db, rolloutId))
    for (const row of rows) {
      yield `${separator}${JSON.stringify(row)}`
      separator = ',\n'
    }
  yield '\n]}\n'
}
