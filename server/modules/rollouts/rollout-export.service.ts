import type { RolloutDevice } from '#contract/rollout'
import { csvHead, csvLine, type CsvColumns } from '../../platform/csv.ts'
import { scanRolloutDevices } from './rollout-devices.store.ts'
import type { Db } from './rollout-rows.ts'

const columns: CsvColumns<RolloutDevice> = [
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
]

/** Every device of the rollout as CSV, in the order of offers, a batch at a time. */
export async function* exportDevicesCsv(db: Db, rolloutId: number): AsyncGenerator<string> {
  yield csvHead(columns)
  for await (const rows of scanRolloutDevices(db, rolloutId))
    yield rows.map((row) => csvLine(columns, row)).join('')
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
