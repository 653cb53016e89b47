/**
 * `npm run bench:smoke`: the figures the docs quote, measured on this machine over loopback, bounded in count and
 * time. Prints tables and writes bench/results/smoke.json.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { findChromium } from '../scripts/find-chromium.ts'
import { startPostgres } from '../scripts/postgres-server.ts'
import { measureFirstFleet, measureRoutes, type RouteLoad } from './page-load.ts'
import { measureReports, type ReportRate } from './report-rate.ts'
import { percentile, print, printTable, writeResult } from './table.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const appFolder = path.join(root, 'dist/app')
const load = { devices: 320, connections: 64, seconds: 8, maxReports: 100_000 }
const RUNS = 5
// Nothing else may take the processor, least of all the log.
const environment = { LOG_LEVEL: 'error', WHEELHOUSE_POLL_INTERVAL_MS: '600000' }

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

function printRates(rates: readonly ReportRate[]): void {
  print(
    `Whole reports stored, ${String(load.connections)} keep-alive connections, ${String(load.devices)} devices, acknowledged after commit`,
  )
  printTable(
    ['store', 'reports/s', 'p50', 'p99', 'reports', 'refused', 'there after kill -9'],
    rates.map((rate) => [
      rate.store,
      rate.reportsPerSecond.toFixed(0),
      `${rate.p50Ms.toFixed(1)} ms`,
      `${rate.p99Ms.toFixed(1)} ms`,
      String(rate.reports),
      String(rate.refused),
      `${String(rate.survivedKill)} of ${String(rate.devices)}`,
    ]),
  )
}

async function measureOn(
  store: string,
  extra: Record<string, string>,
  next?: (gateway: TestGateway) => Promise<void>,
) {
  const gateway = await startTestGateway({ environment: { ...environment, ...extra } })
  try {
    const rate = await measureReports(gateway, { store, ...load })
    await next?.(gateway)
    return rate
  } finally {
    await gateway.process.dispose()
  }
}

async function pageAddresses({ api }: TestGateway): Promise<{ route: string; path: string }[]> {
  const device = (await api.call('listDevices', { query: { limit: 1 } })).rows[0]
  const release = (await api.call('listReleases')).rows[0]
  const fleet = String(release?.fleetId)
  return [
    { route: '/sign-in', path: '/sign-in' },
    { route: '/fleets', path: '/fleets' },
    { route: '/fleets/:fleetId', path: `/fleets/${fleet}` },
    { route: '/devices', path: '/devices' },
    { route: '/devices/:uuid', path: `/devices/${device?.uuid ?? ''}` },
    { route: '/releases', path: '/releases' },
    { route: '/releases/new', path: `/releases/new?fleetId=${fleet}` },
    { route: '/releases/:releaseId', path: `/releases/${String(release?.id)}` },
    { route: '/rollouts', path: '/rollouts' },
    { route: '/logs', path: '/logs' },
    { route: '/audit', path: '/audit' },
    { route: '/settings', path: '/settings' },
  ]
}

const rates: ReportRate[] = []
let routes: RouteLoad[] = []
let firstFleetMs: number[] = []
const chromium = findChromium()

rates.push(
  await measureOn('pglite', {}, async (gateway) => {
    if (chromium === undefined) return
    routes = await measureRoutes(chromium, gateway, appFolder, await pageAddresses(gateway))
    firstFleetMs = await measureFirstFleet(chromium, gateway, RUNS)
  }),
)
const postgres = await startPostgres({ isDurable: true })
if (postgres) {
  try {
    rates.push(await measureOn('postgresql', { DATABASE_URL: postgres.url }))
  } finally {
    await postgres.stop()
  }
}

print()
printRates(rates)
if (postgres === undefined) print('PostgreSQL was not measured: this machine has none.\n')
if (chromium === undefined) print('The page was not measured: this machine has no Chromium.\n')
else {
  print('First-load JavaScript by route, empty cache')
  printTable(
    ['route', 'files', 'gzip', 'sent'],
    routes.map((row) => [row.route, String(row.scripts), kB(row.gzipBytes), kB(row.sentBytes)]),
  )
  const sorted = [...firstFleetMs].sort((a, b) => a - b)
  print(
    `First fleet on screen, browser just started: median ${percentile(sorted, 0.5).toFixed(0)} ms of ${String(RUNS)} runs`,
  )
  print(`  ${firstFleetMs.map((ms) => ms.toFixed(0)).join(', ')} ms`)
}
print()
writeResult('smoke', { load, rates, routes, firstFleetMs })
