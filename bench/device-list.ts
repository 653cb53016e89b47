/**
 * `npm run bench:devices`: the list of devices with 1,000, 10,000 and 100,000 devices on both stores, through the gateway's
 * own routes over loopback: every filter with every order, deep pages, facets, fleets, what a change costs the live list and
 * what quiet devices cost. The last column is the growth from the fewest devices to the most. BENCH_DEVICE_COUNTS and
 * BENCH_DEVICE_RUNS make it smaller, BENCH_DEVICE_STORE picks one store. Writes bench/results/device-list.json.
 */
import { deviceSorts } from '#contract/device'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { findChromium } from '../scripts/find-chromium.ts'
import { makeCaller, type Caller } from './device-calls.ts'
import { makeFleets, seedUpTo, type Seeded } from './device-seed.ts'
import { measureFirstRow, type FirstRow } from './first-row.ts'
import { untilRemembered } from './remembered.ts'
import { writeResult } from './results.ts'
import { aside, onStore, quiet, storeAt } from './stores.ts'
import { percentile, print, printTable } from './table.ts'

const COUNTS = (process.env.BENCH_DEVICE_COUNTS ?? '1000,10000,100000').split(',').map(Number)
const RUNS = Number(process.env.BENCH_DEVICE_RUNS ?? 6)
const ONLY = process.env.BENCH_DEVICE_STORE
const SINGLE_RUNS = RUNS * 8
const PAGE_LIMIT = 50
const DEEP_LIMIT = 200
const SCREEN_RUNS = 5
const IDLE_MS = 5_000

type Figures = { name: string; runs: number; p50Ms: number; p95Ms: number; p99Ms: number; worst: string }
type AtCount = {
  devices: number
  firstListMs: number
  figures: Figures[]
  firstRowMs: FirstRow | null
  idleCpuPercent: number
  listCpuMs: number
}

const filtersOf = ({ fleetIds, releaseIds }: Seeded): [string, Record<string, string>][] => [
  ['no filter', {}],
  ['fleet', { fleetId: String(fleetIds[0]) }],
  ['small fleet', { fleetId: String(fleetIds.at(-1)) }],
  ['health', { health: 'critical' }],
  ['health, most', { health: 'ok' }],
  ['connectivity', { connectivity: 'offline' }],
  ['reason', { reason: 'service-crash-loop' }],
  ['device type', { deviceType: 'intel-nuc' }],
  ['release', { release: String(releaseIds[0]) }],
  ['no release', { release: 'none' }],
  ['host OS', { os: '6.4.0' }],
  ['update', { update: 'downloading' }],
  ['tag', { tag: 'site:hamburg' }],
  ['tag of few', { tag: 'rack:r17' }],
  ['tag key', { tag: 'owner' }],
  ['pinned', { pinned: 'true' }],
  ['text', { q: 'hamburg-pump' }],
  ['text of one', { q: '-000777' }],
  ['text, 2 letters', { q: 'um' }],
  ['address', { q: '10.0.1.' }],
]

const median = (values: readonly number[]) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

function figuresOf(name: string, took: readonly { ms: number; what: string }[]): Figures {
  const sorted = took.map(({ ms }) => ms).sort((a, b) => a - b)
  const byWhat = new Map<string, number[]>()
  for (const { ms, what } of took) byWhat.set(what, [...(byWhat.get(what) ?? []), ms])
  const worst = [...byWhat].map(([what, own]) => ({ what, ms: median(own) })).sort((a, b) => b.ms - a.ms)[0]
  return {
    name,
    runs: took.length,
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    worst: worst ? `${worst.what} ${worst.ms.toFixed(1)}` : '',
  }
}

/** Every filter with every order in both directions; one row a filter, and one for all. */
async function measureLists(caller: Caller, seeded: Seeded): Promise<Figures[]> {
  const all: { ms: number; what: string }[] = []
  const rows: Figures[] = []
  for (const [name, filter] of filtersOf(seeded)) {
    const took: { ms: number; what: string }[] = []
    for (const sort of deviceSorts)
      for (const direction of ['asc', 'desc'])
        for (let run = 0; run < RUNS; run++) {
          const { ms } = await caller.get('/api/v1/devices', {
            ...filter,
            sort,
            direction,
            limit: String(PAGE_LIMIT),
          })
          took.push({ ms, what: `${name}, ${sort} ${direction}` })
        }
    rows.push(figuresOf(`list: ${name}`, took))
    all.push(...took)
  }
  return [figuresOf('list: all of them', all), ...rows]
}

/** Lists that are asked for while the gateway, just started, still reads its devices; answers once it has read them. */
async function measureMeanwhile(caller: Caller, gateway: TestGateway): Promise<Figures> {
  const took: { ms: number; what: string }[] = []
  const progress = { isReading: true }
  const read = untilRemembered(gateway.url).finally(() => (progress.isReading = false))
  do {
    const sort = deviceSorts[took.length % deviceSorts.length] ?? 'name'
    const { ms } = await caller.get('/api/v1/devices', { sort, limit: String(PAGE_LIMIT) })
    took.push({ ms, what: sort })
  } while (progress.isReading)
  await read
  return figuresOf('list: while devices are read after a start', took)
}

/** A page from the middle of the list, by its cursor. */
async function measureDeepPage(caller: Caller, devices: number): Promise<Figures> {
  const query = { health: 'ok', sort: 'cpu', limit: String(DEEP_LIMIT) }
  let after: string | null = null
  for (let passed = 0; passed < devices / 3; passed += DEEP_LIMIT) {
    const { body } = await caller.get('/api/v1/devices', { ...query, ...(after === null ? {} : { after }) })
    const { next } = body as { next: string | null }
    if (next === null) break
    after = next
  }
  const took = []
  for (let run = 0; run < SINGLE_RUNS; run++) {
    const { ms } = await caller.get('/api/v1/devices', {
      ...query,
      limit: String(PAGE_LIMIT),
      ...(after === null ? {} : { after }),
    })
    took.push({ ms, what: 'cpu' })
  }
  return figuresOf('list: a page a third down', took)
}

async function measureFacets(caller: Caller, seeded: Seeded): Promise<Figures[]> {
  const plain: { ms: number; what: string }[] = []
  const filtered: { ms: number; what: string }[] = []
  for (const [name, filter] of filtersOf(seeded))
    for (let run = 0; run < RUNS; run++) {
      const { ms } = await caller.get('/api/v1/devices/facets', filter)
      ;(name === 'no filter' || name === 'fleet' || name === 'small fleet' ? plain : filtered).push({
        ms,
        what: name,
      })
    }
  return [figuresOf('facets: all devices or a fleet', plain), figuresOf('facets: one filter more', filtered)]
}

async function measureSingle(caller: Caller, name: string, path: string): Promise<Figures> {
  const took = []
  for (let run = 0; run < SINGLE_RUNS; run++) {
    const { ms } = await caller.get(path, {})
    took.push({ ms, what: name })
  }
  return figuresOf(name, took)
}

/** A device renamed, and the list that shows it by its new name read right after. */
async function measureWrites(caller: Caller): Promise<Figures> {
  const { body } = await caller.get('/api/v1/devices', { sort: 'name', limit: '1' })
  const uuid = (body as { rows: { uuid: string }[] }).rows[0]?.uuid ?? ''
  const took = []
  for (let run = 0; run < SINGLE_RUNS; run++) {
    const name = `aaa-${String(run).padStart(4, '0')}`
    await caller.patch(`/api/v1/devices/${uuid}`, { name })
    const { ms, body: page } = await caller.get('/api/v1/devices', { q: name, limit: '5' })
    if ((page as { rows: { name: string }[] }).rows[0]?.name !== name)
      throw new Error('what was written was not read')
    took.push({ ms, what: 'rename' })
  }
  return figuresOf('list: right after a change', took)
}

async function measureAt(gateway: TestGateway, seeded: Seeded, devices: number): Promise<AtCount> {
  const caller = await makeCaller(gateway)
  const first = await caller.get('/api/v1/devices', { limit: String(PAGE_LIMIT) })
  const meanwhile = await measureMeanwhile(caller, gateway)
  for (let run = 0; run < 30; run++) await caller.get('/api/v1/devices', { sort: 'cpu', health: 'ok' })
  let lists: Figures[] = []
  const listCpuMs = await caller.cpuMsPerCall(async () => {
    lists = await measureLists(caller, seeded)
  })
  const figures = [
    ...lists,
    meanwhile,
    await measureDeepPage(caller, devices),
    await measureWrites(caller),
    ...(await measureFacets(caller, seeded)),
    await measureSingle(caller, 'fleets', '/api/v1/fleets'),
    await measureSingle(caller, 'one fleet', `/api/v1/fleets/${String(seeded.fleetIds[0])}`),
  ]
  const idleCpuPercent = await caller.cpuPercentDuring(IDLE_MS)
  const chromium = findChromium()
  const firstRowMs = chromium === undefined ? null : await measureFirstRow(chromium, gateway, SCREEN_RUNS)
  caller.close()
  return { devices, firstListMs: first.ms, figures, firstRowMs, idleCpuPercent, listCpuMs }
}

const ms = (value: number) => value.toFixed(1)

function printStore(store: string, counts: readonly AtCount[], plan: readonly string[]): void {
  const [least] = counts
  const most = counts.at(-1)
  if (!least || !most) return
  print(`${store}: milliseconds from request to whole answer over loopback`)
  printTable(
    [
      'operation',
      ...counts.map(({ devices }) => `p50 at ${devices.toLocaleString('en')}`),
      'p95',
      'p99',
      'dearest, its median',
      'growth',
    ],
    most.figures.map((row, index) => [
      row.name,
      ...counts.map(({ figures }) => ms(figures[index]?.p50Ms ?? 0)),
      ms(row.p95Ms),
      ms(row.p99Ms),
      row.worst,
      `${(row.p50Ms / (least.figures[index]?.p50Ms ?? 1)).toFixed(2)} x`,
    ]),
  )
  printTable(
    [
      'devices',
      'first list after a start',
      'first row, by address',
      'first row, in the app',
      'the same, pressed at once',
      'gateway busy while all are quiet',
      'processor of the gateway a list',
      'growth',
    ],
    counts.map((at) => [
      at.devices.toLocaleString('en'),
      `${ms(at.firstListMs)} ms`,
      ...(at.firstRowMs === null
        ? ['no Chromium', '', '']
        : [at.firstRowMs.byAddress, at.firstRowMs.inApp, at.firstRowMs.inAppAtOnce].map(
            (took) => `${median(took).toFixed(0)} ms`,
          )),
      `${at.idleCpuPercent.toFixed(1)} %`,
      `${at.listCpuMs.toFixed(2)} ms`,
      `${(at.listCpuMs / least.listCpuMs).toFixed(2)} x`,
    ]),
  )
  print(`Plan on ${store} of the rows of a page:`)
  for (const line of plan) print(`  ${line}`)
  print()
}

/** How the store finds the rows of one page. */
const pagePlan = `explain (analyze, buffers, timing off) select d.*, f.name from device d join fleet f on f.id = d.fleet_id
  where d.id = any(array(select 1 + 37 * n from generate_series(1, ${String(PAGE_LIMIT)}) n)) and d.deleted_at is null`

async function measureOn(store: string, url: string | null) {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const seeded = await makeFleets(gateway)
    const counts: AtCount[] = []
    let plan: string[] = []
    let there = 0
    for (const devices of COUNTS) {
      const seconds = await aside(gateway, url, async (raw) => {
        const took = await seedUpTo(raw, seeded, there, devices)
        plan = (await raw.query(pagePlan)).map((row) => String(row['QUERY PLAN']))
        return took
      })
      there = devices
      print(
        `${store}: ${devices.toLocaleString('en')} devices, the last of them stored in ${seconds.toFixed(0)} s`,
      )
      counts.push(await measureAt(gateway, seeded, devices))
    }
    printStore(store, counts, plan)
    return { store, counts, plan }
  } finally {
    await gateway.process.dispose()
  }
}

const results = []
for (const store of ['PostgreSQL', 'PGlite'])
  if (ONLY === undefined || ONLY === store.toLowerCase())
    results.push(...(await onStore(store, (url) => measureOn(store, url))))
writeResult('device-list', { runs: RUNS, limit: PAGE_LIMIT, results })
