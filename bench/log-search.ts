/**
 * `npm run bench:logs`: searches over 10,000,000 stored lines of a fleet of 1,000 devices through the gateway's own routes,
 * each run in another hour, on both stores. BENCH_LOG_LINES and BENCH_LOG_RUNS make it smaller. Prints tables and plans and
 * writes bench/results/log-search.json.
 */
import { loadavg } from 'node:os'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import {
  DEVICES,
  explainSearch,
  measureStoring,
  openRaw,
  seedLines,
  SPAN_MS,
  storedBytes,
  type Seeded,
} from './log-seed.ts'
import { writeResult } from './results.ts'
import { onStore, quiet, storeAt } from './stores.ts'
import { percentile, print, printTable } from './table.ts'

const LINES = Number(process.env.BENCH_LOG_LINES ?? 10_000_000)
const RUNS = Number(process.env.BENCH_LOG_RUNS ?? 40)
const HOUR_MS = 3_600_000

type Query = Record<string, string | number>
type Case = { name: string; route: 'searchLogs' | 'getLogHistogram'; query: (run: number) => Query }
type Figures = {
  name: string
  runs: number
  found: number
  p50Ms: number
  p95Ms: number
  note: string
}

const iso = (ms: number) => new Date(ms).toISOString()

/** An hour of the span, another one each run. */
const hourOf = (seed: Seeded, run: number) => {
  const hours = Math.floor(SPAN_MS / HOUR_MS)
  const from = seed.fromMs + ((run * 37) % hours) * HOUR_MS
  return { from: iso(from), to: iso(from + HOUR_MS) }
}

function casesOf(seed: Seeded, deviceUuids: readonly string[]): Case[] {
  const { fleetId } = seed
  const service = 'uplink'
  const hour = (run: number) => hourOf(seed, run)
  const all = { from: iso(seed.fromMs), to: iso(seed.fromMs + SPAN_MS) }
  const stalls = { fleetId, service, text: 'stalled' }
  const search = (name: string, query: Case['query']): Case => ({ name, route: 'searchLogs', query })
  const count = (name: string, query: Case['query']): Case => ({ name, route: 'getLogHistogram', query })
  return [
    search('service + text, 1 h', (run) => ({ ...stalls, ...hour(run), limit: 500 })),
    search('text, 1 h', (run) => ({ fleetId, text: 'stalled', ...hour(run), limit: 500 })),
    search('service + text nowhere, 1 h', (run) => ({ fleetId, service, text: 'no such', ...hour(run) })),
    search('service + pattern, 1 h', (run) => ({
      fleetId,
      service,
      regex: 'valve \\d+ stall',
      ...hour(run),
    })),
    search('fields, 1 h', (run) => ({ fleetId, fields: 'status=500 peer.name=pump-7', ...hour(run) })),
    search('newest 500 lines', () => ({ fleetId, limit: 500 })),
    search('one device + text, 7 days', (run) => ({
      device: deviceUuids[run % deviceUuids.length] ?? '',
      text: 'stalled',
      ...all,
    })),
    search('service + text, newest 500 of 7 days', () => ({ ...stalls, ...all, limit: 500 })),
    search('text nowhere, 7 days', () => ({ fleetId, text: 'no such', ...all })),
    count('histogram, service + text, 1 h', (run) => ({ ...stalls, ...hour(run) })),
    count('histogram, every line, 1 h', (run) => ({ fleetId, ...hour(run) })),
    count('histogram, every line, 7 days', () => ({ fleetId, ...all })),
    count('histogram, service + text, 7 days', () => ({ ...stalls, ...all })),
  ]
}

async function measureCase({ api }: TestGateway, { name, route, query }: Case): Promise<Figures> {
  const tookMs: number[] = []
  let found = 0
  let note = ''
  // The first is for the connection and the compiler.
  for (let run = 0; run <= RUNS; run++) {
    const startMs = performance.now()
    if (route === 'searchLogs') {
      const page = await api.call(route, { query: query(run) })
      found += run === 0 ? 0 : page.lines.length
      if (page.isTruncated) note = `stopped at ${page.searchedFrom ?? ''}`
    } else {
      const counts = await api.call(route, { query: query(run) })
      found += run === 0 ? 0 : counts.total
      if (counts.isSampled) note = `estimated from ${(counts.share * 100).toFixed(0)} %`
    }
    if (run > 0) tookMs.push(performance.now() - startMs)
  }
  const sorted = tookMs.sort((a, b) => a - b)
  return {
    name,
    runs: RUNS,
    found: found / RUNS,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    note,
  }
}

async function measureOn(store: string, url: string | null) {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const fleet = await gateway.api.call('createFleet', {
      body: { name: 'Bench of logs', deviceType: 'raspberrypi4-64' },
    })
    // The embedded database has one owner at a time.
    await gateway.process.stop()
    const raw = await openRaw(gateway, url)
    const seed = await seedLines(raw, fleet.id, LINES)
    const storing = await measureStoring(raw, seed)
    const bytes = await storedBytes(raw)
    await raw.close()
    print(
      `${store}: ${LINES.toLocaleString('en')} lines of ${DEVICES.toLocaleString('en')} devices in ${seed.seconds.toFixed(0)} s, ${(bytes / 1e9).toFixed(2)} GB with indexes`,
    )
    print(
      `  storing batches of 500: ${storing.with.toFixed(0)} lines/s, without the tally ${storing.without.toFixed(0)} lines/s`,
    )

    await gateway.process.start()
    const { rows } = await gateway.api.call('listDevices', { query: { fleetId: fleet.id, limit: 50 } })
    const cases: Figures[] = []
    for (const one of casesOf(
      seed,
      rows.map((row) => row.uuid),
    ))
      cases.push(await measureCase(gateway, one))
    printTable(
      ['query', 'found', 'p50', 'p95', ''],
      cases.map((row) => [
        row.name,
        Math.round(row.found).toLocaleString('en'),
        `${row.p50Ms.toFixed(0)} ms`,
        `${row.p95Ms.toFixed(0)} ms`,
        row.note,
      ]),
    )
    await gateway.process.stop()
    const again = await openRaw(gateway, url)
    const { from, to } = hourOf(seed, 1)
    const plan = await explainSearch(again, seed, from, to)
    await again.close()
    print(`The plan for service + text in one hour on ${store}:`)
    for (const line of plan) print(`  ${line}`)
    print()
    return { store, lines: LINES, seedSeconds: seed.seconds, bytes, storing, cases, plan, load: loadavg() }
  } finally {
    await gateway.process.dispose()
  }
}

const results = []
for (const store of ['PostgreSQL', 'PGlite'])
  results.push(...(await onStore(store, (url) => measureOn(store, url))))
print(
  `Load of the machine (1, 5, 15 minutes): ${loadavg()
    .map((load) => load.toFixed(1))
    .join(', ')}`,
)
writeResult('log-search', { lines: LINES, devices: DEVICES, results })
