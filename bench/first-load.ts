/**
 * `npm run bench:first-load -- shadcn-admin=<folder> open-balena-ui=<folder>`: what a browser fetches before the first
 * fleet is seen and how long that takes, at full speed and with the processor slowed down four times, beside the built
 * pages of others in the given folders; then what every other page fetches. Prints tables and writes
 * bench/results/first-load.json. BENCH_RUNS makes it another number of runs.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { findChromium } from '../scripts/find-chromium.ts'
import { measurePages } from '../scripts/page-size.ts'
import { serveBuiltPage } from './gzip-server.ts'
import { loadPage, type PageLoad } from './page-load.ts'
import { makeFleet, openConnections } from './plain-devices.ts'
import { writeResult } from './results.ts'
import { quiet } from './stores.ts'
import { percentile, print, printTable } from './table.ts'

const appFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../dist/app')
const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const SLOWDOWNS = [1, 4]
const FLEETS = 3
const DEVICES_PER_FLEET = 50
/** Those that the docs compare with. */
const knownPeers = ['shadcn-admin', 'open-balena-ui']
const OURS = 'Wheelhouse, served as the others'
const OURS_BY_GATEWAY = 'Wheelhouse, by its gateway'

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
const ms = (value: number) => `${value.toFixed(0)} ms`
const median = (values: readonly number[]) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

type Site = { name: string; load: (slowdown: number) => Promise<PageLoad> }
type Figures = { name: string; slowdown: number; loads: PageLoad[] }

function readPeers(): Map<string, string> {
  const given = process.argv.slice(2).map((argument) => {
    const [name = '', folder = ''] = argument.split('=')
    if (!existsSync(path.join(folder, 'index.html')))
      throw new Error(`${name}: there is no index.html in ${folder}`)
    return [name, path.resolve(folder)] as const
  })
  return new Map(given)
}

async function seed(gateway: TestGateway): Promise<void> {
  const connections = openConnections(gateway.url, 8)
  for (let fleet = 1; fleet <= FLEETS; fleet += 1)
    await makeFleet(gateway, connections, { name: `First load ${String(fleet)}`, count: DEVICES_PER_FLEET })
  connections.close()
}

async function measureSites(sites: readonly Site[]): Promise<Figures[]> {
  const figures = sites.flatMap(({ name }) =>
    SLOWDOWNS.map((slowdown): Figures => ({ name, slowdown, loads: [] })),
  )
  // In turn, so that what else the machine does falls on all of them.
  for (let run = 0; run < RUNS; run += 1)
    for (const one of figures) {
      const site = sites.find(({ name }) => name === one.name)
      if (site) one.loads.push(await site.load(one.slowdown))
    }
  return figures
}

const middle = ({ loads }: Figures, of: (load: PageLoad) => number) => median(loads.map(of))

function printSites(figures: readonly Figures[]): void {
  print(`First load, browser just started, median of ${String(RUNS)} runs in turn`)
  printTable(
    [
      'page',
      'CPU',
      'JS before seen',
      'JS',
      'CSS',
      'requests before',
      'requests',
      'seen',
      'LCP',
      'long tasks',
    ],
    figures.map((one) => [
      one.name,
      `${String(one.slowdown)}x slower`.replace('1x slower', 'as it is'),
      kB(middle(one, (load) => load.scriptBytesSentBefore)),
      kB(middle(one, (load) => load.scriptBytesSent)),
      kB(middle(one, (load) => load.styleBytesSent)),
      String(middle(one, (load) => load.requestsBefore)),
      String(middle(one, (load) => load.requests)),
      ms(middle(one, (load) => load.seenMs ?? load.lcpMs)),
      ms(middle(one, (load) => load.lcpMs)),
      ms(middle(one, (load) => load.longTaskExcessMs)),
    ]),
  )
  print('Bytes are those of gzip, of brotli where the gateway serves. "Seen" is the first fleet, or the LCP.')
  print(`What was largest: ${figures.map(({ loads }) => `"${loads[0]?.lcpText ?? ''}"`).join(', ')}\n`)
}

function ratios(figures: readonly Figures[]) {
  return SLOWDOWNS.flatMap((slowdown) => {
    const at = figures.filter((one) => one.slowdown === slowdown)
    const ours = at.find(({ name }) => name === OURS)
    if (!ours) return []
    return at
      .filter(({ name }) => name !== OURS && name !== OURS_BY_GATEWAY)
      .map((peer) => ({
        peer: peer.name,
        slowdown,
        lcp: middle(peer, (load) => load.lcpMs) / middle(ours, (load) => load.lcpMs),
        longTasks:
          middle(peer, (load) => load.longTaskExcessMs) / middle(ours, (load) => load.longTaskExcessMs),
        script:
          middle(peer, (load) => load.scriptBytesSent) / middle(ours, (load) => load.scriptBytesSentBefore),
      }))
  })
}

async function pageAddresses({ api }: TestGateway): Promise<[route: string, address: string][]> {
  const device = (await api.call('listDevices', { query: { limit: 1 } })).rows[0]
  const release = (await api.call('listReleases')).rows[0]
  const fleet = String(release?.fleetId)
  return [
    ['fleets', '/fleets'],
    ['fleet', `/fleets/${fleet}`],
    ['devices', '/devices'],
    ['device', `/devices/${device?.uuid ?? ''}`],
    ['releases', '/releases'],
    ['release', `/releases/${String(release?.id)}`],
    ['release-new', `/releases/new?fleetId=${fleet}`],
    ['rollouts', '/rollouts'],
    ['rollout-new', `/rollouts/new?fleetId=${fleet}`],
    ['action-batches', '/actions'],
    ['logs', '/logs'],
    ['notifications', '/notifications'],
    ['audit', '/audit'],
    ['settings', '/settings'],
    ['sign-in', '/sign-in'],
  ]
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const peers = readPeers()
const gateway = await startTestGateway({ environment: quiet })
const servers = [await serveBuiltPage(appFolder, gateway.url)]
try {
  await seed(gateway)
  const cookie = await gateway.cookieAs('admin')
  const ourUrl = servers[0]?.url ?? ''
  const ours = (name: string, url: string): Site => ({
    name,
    load: (slowdown) => loadPage(executablePath, `${url}/fleets`, { slowdown, cookie, seen: 'article h2' }),
  })
  const sites = [ours(OURS, ourUrl), ours(OURS_BY_GATEWAY, gateway.url)]
  for (const [name, folder] of peers) {
    const server = await serveBuiltPage(folder)
    servers.push(server)
    sites.push({ name, load: (slowdown) => loadPage(executablePath, `${server.url}/`, { slowdown }) })
  }
  const figures = await measureSites(sites)

  const built = new Map(measurePages(appFolder).map((page) => [page.route, page]))
  const routes = []
  for (const [route, address] of await pageAddresses(gateway)) {
    const load = await loadPage(executablePath, `${ourUrl}${address}`, {
      slowdown: 1,
      ...(route === 'sign-in' ? {} : { cookie }),
    })
    routes.push({ ...load, ...built.get(route), route })
  }

  print()
  print('Every page, until it can be drawn and until it is quiet, gzip')
  printTable(
    ['route', 'files to draw', 'JS to draw', 'CSS', 'JS until quiet', 'requests until quiet'],
    routes.map((one) => [
      one.route,
      String(one.scripts),
      kB(one.scriptBytes ?? 0),
      kB(one.styleBytes ?? 0),
      kB(one.scriptBytesSent),
      String(one.requests),
    ]),
  )
  printSites(figures)
  const absent = knownPeers.filter((name) => !peers.has(name))
  if (absent.length > 0) print(`Not measured, no folder was given: ${absent.join(', ')}\n`)
  for (const { peer, slowdown, lcp, longTasks, script } of ratios(figures))
    print(
      `${peer}, CPU ${String(slowdown)}x: its LCP is ${lcp.toFixed(2)} times ours, its long tasks ${longTasks.toFixed(1)}, its JavaScript ${script.toFixed(1)}`,
    )
  print()
  writeResult('first-load', { runs: RUNS, absent, figures, routes, ratios: ratios(figures) })
} finally {
  for (const server of servers) await server.close()
  await gateway.process.dispose()
}
