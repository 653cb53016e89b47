/**
 * `npm run bench:live`: how long after a device sent its report an open page shows it, while all devices report 3,000 times
 * a second, and then with 1,000 browsers that each watch the fleets and 50 device rows. Prints both, with the memory of the
 * gateway over time, and writes bench/results/live.json. Options: `--store pglite|postgresql`, `--devices 100000`,
 * `--rate 3000`, `--changes 100`, `--browsers 1000`, `--seconds 600`.
 */
import { chromium, type Page } from '@playwright/test'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { deviceApiPaths } from '#contract/device-protocol'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { load, residentMb, watchProcesses } from './cpu-use.ts'
import {
  keyOf,
  makeIngestFleet,
  reportBytes,
  seedIngestDevices,
  uuidOf,
  type IngestFleet,
} from './ingest-fleet.ts'
import { startLoad, type Load } from './ingest-load.ts'
import { firstOf, openBrowsers, ROWS_PER_WINDOW } from './live-browsers.ts'
import { RawConnection, requestBytes } from './raw-http.ts'
import { untilRemembered } from './remembered.ts'
import { writeResult } from './results.ts'
import { aside, onStore, quiet, storeAt } from './stores.ts'
import { percentile, print, printTable } from './table.ts'
import { openSignedIn } from './signed-in.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: ['postgresql', 'pglite'] },
    devices: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '3000' },
    changes: { type: 'string', default: '100' },
    browsers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '600' },
  },
})
const devices = Number(values.devices)
const perSecond = Number(values.rate)
const changes = Number(values.changes)
const browsers = Number(values.browsers)
const seconds = Number(values.seconds)
const CONNECTIONS = 100
const MARKER_EVERY_MS = 500
const MEMORY_READINGS = 10
const SETTLE_MS = 2_000

function chromiumHere(): string {
  const found = findChromium()
  if (found === undefined) throw new Error('This machine has no Chromium')
  return found
}
const executablePath = chromiumHere()

/** Runs in the page: notes when each marker was first drawn, in ms since the epoch. */
const noteMarkers = `
  window.shownAt = {}
  const look = () => {
    for (const [, marker] of document.body?.textContent.matchAll(/balenaOS 9[.]1[.](\\d+)/g) ?? [])
      if (window.shownAt[marker] === undefined) {
        window.shownAt[marker] = null
        requestAnimationFrame(() => setTimeout(() => (window.shownAt[marker] = Date.now())))
      }
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
`

let nextMarker = 1
/** Lets a device tell of another host OS, which is what it is recognised by. */
async function sendMarker(connection: RawConnection, n: number) {
  const marker = nextMarker++
  const body = JSON.stringify({ [uuidOf(n)]: { os_version: `balenaOS 9.1.${String(marker)}` } })
  const sentMs = Date.now()
  const { status } = await connection.send(requestBytes('PATCH', deviceApiPaths.reportState, keyOf(n), body))
  if (status !== 200) throw new Error(`A report was answered with ${String(status)}`)
  return { marker: String(marker), sentMs, acknowledgedMs: Date.now() - sentMs }
}

const quantiles = (taken: number[]) => {
  const sorted = taken.sort((a, b) => a - b)
  return {
    count: sorted.length,
    p50: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
  }
}

async function measurePixel(gateway: TestGateway, connection: RawConnection) {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  try {
    const context = await openSignedIn(browser, gateway)
    const page: Page = await context.newPage()
    await page.addInitScript({ content: noteMarkers })
    await page.goto(`/devices/${uuidOf(1)}`)
    await page.getByText('Live', { exact: true }).first().waitFor()
    const acknowledged: number[] = []
    const shown: number[] = []
    for (let turn = 0; turn < changes; turn++) {
      const { marker, sentMs, acknowledgedMs } = await sendMarker(connection, 1)
      const handle = await page.waitForFunction(
        (wanted) => (Reflect.get(window, 'shownAt') as Record<string, number | null>)[wanted],
        marker,
      )
      acknowledged.push(acknowledgedMs)
      shown.push(Number(await handle.jsonValue()) - sentMs)
      // At any moment of the gateway's ticks.
      await delay(Math.random() * MARKER_EVERY_MS)
    }
    return { acknowledged: quantiles(acknowledged), shown: quantiles(shown) }
  } finally {
    await browser.close()
  }
}

async function measureBrowsers(
  gateway: TestGateway,
  fleet: IngestFleet,
  connection: RawConnection,
  reports: Load,
) {
  const watching = await openBrowsers(gateway, { count: browsers, devices, fleetId: fleet.fleetId })
  await delay(SETTLE_MS)
  watching.forget()
  const sent = new Map<string, number>()
  const memoryMb = [residentMb(gateway.process.pid)]
  const cpu = watchProcesses([
    { name: 'gateway', pid: gateway.process.pid },
    { name: 'browsers', pid: watching.pid },
  ])
  const startMs = performance.now()
  const measured = reports.measure(seconds)
  for (let turn = 1; performance.now() - startMs < seconds * 1000; turn++) {
    const { marker, sentMs } = await sendMarker(
      connection,
      firstOf((turn * 7919) % browsers, devices) + (turn % ROWS_PER_WINDOW),
    )
    sent.set(marker, sentMs)
    if (performance.now() - startMs > (memoryMb.length * seconds * 1000) / MEMORY_READINGS)
      memoryMb.push(residentMb(gateway.process.pid))
    await delay(Math.max(0, startMs + turn * MARKER_EVERY_MS - performance.now()))
  }
  const { reports: count, seconds: took } = await measured
  const used = cpu()
  await delay(SETTLE_MS)
  memoryMb.push(residentMb(gateway.process.pid))
  const seen = await watching.report()
  await watching.close()
  const delays = [...sent].flatMap(([marker, sentMs]) =>
    (seen.arrivals[marker] ?? []).map((atMs) => atMs - sentMs),
  )
  return {
    delays: quantiles(delays),
    missed: [...sent.keys()].filter((marker) => seen.arrivals[marker] === undefined).length,
    reportsPerSecond: count / took,
    memoryMb,
    bytesPerBrowserPerSecond: seen.bytes / browsers / took,
    patchesPerSecond: seen.patches / took,
    resyncs: seen.resyncs,
    connected: seen.connected,
    broken: seen.broken,
    cores: Object.fromEntries(used.map((one) => [one.name, one.cores])),
  }
}

async function measure(store: string, url: string | null) {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const fleet = await makeIngestFleet(gateway)
    await aside(gateway, url, (raw) => seedIngestDevices(raw, fleet, 1, devices))
    await untilRemembered(gateway.url)
    const port = Number(new URL(gateway.url).port)
    // The devices that carry markers are reported for by nobody else.
    const others = Array.from({ length: devices - 1 }, (_, n) => ({
      n: n + 2,
      uuid: uuidOf(n + 2),
      key: keyOf(n + 2),
    }))
    const bytesOf = reportBytes(fleet.runs, 'metrics')
    const reports = await startLoad({
      port,
      connections: CONNECTIONS,
      devices: others,
      bytesOf,
      firstSequence: 1,
      perSecond,
    })
    const connection = await RawConnection.open(port)
    await delay(SETTLE_MS)
    const endAlong = reports.begin()
    const pixel = await measurePixel(gateway, connection)
    const along = endAlong()
    const alongRate = along.reports / along.seconds
    const many = browsers === 0 ? null : await measureBrowsers(gateway, fleet, connection, reports)
    connection.close()
    await reports.stop()
    return { store, alongRate, pixel, many, load: load() }
  } finally {
    await gateway.process.dispose()
  }
}

const ms = (value: number) => `${value.toFixed(0)} ms`
const rows = []
for (const store of values.store) rows.push(...(await onStore(store, (url) => measure(store, url))))
print(
  `\n${devices.toLocaleString('en')} devices; from the request of a report to the frame that shows it, device page open`,
)
printTable(
  ['store', 'other reports/s', 'acknowledged p50', 'p95', 'shown p50', 'p95', 'p99', 'load'],
  rows.map(({ store, alongRate, pixel, load: busy }) => [
    store,
    alongRate.toFixed(0),
    ms(pixel.acknowledged.p50),
    ms(pixel.acknowledged.p95),
    ms(pixel.shown.p50),
    ms(pixel.shown.p95),
    ms(pixel.shown.p99),
    busy,
  ]),
)
print(
  `${String(browsers)} browsers, each with the fleets and ${String(ROWS_PER_WINDOW)} rows, for ${String(seconds)} s`,
)
printTable(
  [
    'store',
    'reports/s',
    'to browser p50',
    'p95',
    'p99',
    'missed',
    'KiB/s each',
    'patches/s',
    'resyncs',
    'broken',
    'gateway',
    'browsers',
    'memory of the gateway, MB',
  ],
  rows.flatMap(({ store, many }) =>
    many === null
      ? []
      : [
          [
            store,
            many.reportsPerSecond.toFixed(0),
            ms(many.delays.p50),
            ms(many.delays.p95),
            ms(many.delays.p99),
            `${String(many.missed)} of ${String(many.delays.count)}`,
            (many.bytesPerBrowserPerSecond / 1024).toFixed(2),
            many.patchesPerSecond.toFixed(0),
            String(many.resyncs),
            String(many.broken),
            `${((many.cores.gateway ?? 0) * 100).toFixed(0)} %`,
            `${((many.cores.browsers ?? 0) * 100).toFixed(0)} %`,
            many.memoryMb.map((mb) => mb.toFixed(0)).join(' '),
          ],
        ],
  ),
)
writeResult('live', { devices, perSecond, rows })
