/**
 * `npm run bench:events`: what a change costs the gateway that browsers watch, and whether that follows the size of the
 * fleet. The same 1,000 devices send 300 reports a second in fleets of 1,000, 10,000 and 100,000, first with nobody
 * watching and then with 100 browsers that each show the fleets and 50 of these devices; the difference is the events.
 * PostgreSQL unless `--store pglite`. Options: `--devices 1000,10000,100000`, `--rate 300`, `--browsers 100`,
 * `--seconds 20`. Writes bench/results/events.json.
 */
import { parseArgs } from 'node:util'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { load, watchProcesses } from './cpu-use.ts'
import { openDatabaseView } from './database-view.ts'
import {
  keyOf,
  makeIngestFleet,
  reportBytes,
  seedIngestDevices,
  uuidOf,
  type IngestFleet,
} from './ingest-fleet.ts'
import { startLoad, type Load } from './ingest-load.ts'
import { openBrowsers } from './live-browsers.ts'
import { untilRemembered } from './remembered.ts'
import { writeResult } from './results.ts'
import { aside, onStore, quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'postgresql' },
    devices: { type: 'string', default: '1000,10000,100000' },
    rate: { type: 'string', default: '300' },
    browsers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '20' },
  },
})
const sizes = values.devices
  .split(',')
  .map(Number)
  .sort((a, b) => a - b)
const perSecond = Number(values.rate)
const browsers = Number(values.browsers)
const seconds = Number(values.seconds)
/** Those that report and are shown, however many there are besides. */
const ACTIVE = Math.min(1_000, sizes[0] ?? 0)
const CONNECTIONS = 20
const WARM_UP_SECONDS = 10

type Costs = { devices: number; alone: number; watched: number; patchesPerReport: number; load: string }

/** CPU seconds of gateway and database for a thousand reports. */
async function measureCost(gateway: TestGateway, url: string | null, reports: Load): Promise<number> {
  await reports.measure(WARM_UP_SECONDS)
  const database = url === null ? null : await openDatabaseView(url)
  const cpu = watchProcesses([
    { name: 'gateway', pid: gateway.process.pid },
    ...(database ? [{ name: 'database', pid: database.pid, withChildren: true }] : []),
  ])
  const { reports: count, seconds: took } = await reports.measure(seconds)
  const cores = cpu().reduce((sum, one) => sum + one.cores, 0)
  await database?.close()
  return (cores * took * 1000) / Math.max(1, count)
}

async function measureAt(
  gateway: TestGateway,
  url: string | null,
  fleet: IngestFleet,
  devices: number,
): Promise<Costs> {
  const reports = await startLoad({
    port: Number(new URL(gateway.url).port),
    connections: CONNECTIONS,
    devices: Array.from({ length: ACTIVE }, (_, n) => ({
      n: n + 1,
      uuid: uuidOf(n + 1),
      key: keyOf(n + 1),
    })),
    bytesOf: reportBytes(fleet.runs, 'metrics'),
    firstSequence: devices,
    perSecond,
  })
  const alone = await measureCost(gateway, url, reports)
  const watching = await openBrowsers(gateway, { count: browsers, devices: ACTIVE, fleetId: fleet.fleetId })
  const watched = await measureCost(gateway, url, reports)
  watching.forget()
  const { reports: count } = await reports.measure(WARM_UP_SECONDS)
  const { patches } = await watching.report()
  await watching.close()
  await reports.stop()
  return { devices, alone, watched, patchesPerReport: patches / Math.max(1, count), load: load() }
}

async function measure(url: string | null): Promise<Costs[]> {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const fleet = await makeIngestFleet(gateway)
    const costs: Costs[] = []
    let there = 0
    for (const devices of sizes) {
      await aside(gateway, url, (raw) => seedIngestDevices(raw, fleet, there + 1, devices))
      there = devices
      const remembered = await untilRemembered(gateway.url)
      print(
        `${remembered.devices.toLocaleString('en')} devices, remembered in ${remembered.seconds.toFixed(1)} s`,
      )
      costs.push(await measureAt(gateway, url, fleet, devices))
    }
    return costs
  } finally {
    await gateway.process.dispose()
  }
}

const [costs = []] = await onStore(values.store, measure)
const [fewest] = costs
print(
  `\n${values.store}: CPU seconds of gateway and database for 1,000 reports at ${String(perSecond)}/s, watched by ${String(browsers)} browsers`,
)
printTable(
  ['devices', 'nobody watches', 'watched', 'growth', 'the events', 'growth', 'patches a report', 'load'],
  costs.map((one) => [
    one.devices.toLocaleString('en'),
    one.alone.toFixed(3),
    one.watched.toFixed(3),
    `${(one.watched / (fewest?.watched ?? 1)).toFixed(2)} x`,
    (one.watched - one.alone).toFixed(3),
    `${((one.watched - one.alone) / ((fewest?.watched ?? 1) - (fewest?.alone ?? 0))).toFixed(2)} x`,
    one.patchesPerReport.toFixed(2),
    one.load,
  ]),
)
writeResult('events', { store: values.store, perSecond, browsers, costs })
