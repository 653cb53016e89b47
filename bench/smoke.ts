/**
 * `npm run bench:smoke`: what a page loads first and how soon the first fleet is on screen, measured on this machine over
 * loopback. Prints tables and writes bench/results/smoke.json. Device reports: `npm run bench:ingest`.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { findChromium } from '../scripts/find-chromium.ts'
import { measureFirstFleet, measureRoutes, type RouteLoad } from './page-load.ts'
import { makeFleet, openConnections } from './plain-devices.ts'
import { percentile, print, printTable, writeResult } from './table.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const appFolder = path.join(root, 'dist/app')
const DEVICES = 320
const CONNECTIONS = 64
const RUNS = 5
// Nothing else may take the processor, least of all the log.
const environment = { LOG_LEVEL: 'error', WHEELHOUSE_POLL_INTERVAL_MS: '600000' }

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`

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

let routes: RouteLoad[] = []
let firstFleetMs: number[] = []
const chromium = findChromium()

if (chromium !== undefined) {
  const gateway = await startTestGateway({ environment })
  try {
    const connections = openConnections(gateway.url, CONNECTIONS)
    await makeFleet(gateway, connections, { name: 'Bench', count: DEVICES })
    connections.close()
    routes = await measureRoutes(chromium, gateway, appFolder, await pageAddresses(gateway))
    firstFleetMs = await measureFirstFleet(chromium, gateway, RUNS)
  } finally {
    await gateway.process.dispose()
  }
}

print()
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
writeResult('smoke', { devices: DEVICES, routes, firstFleetMs })
