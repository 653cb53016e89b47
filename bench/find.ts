/**
 * `npm run bench:find`: finds devices among 100,000 through the gateway's own route, on both stores, in every way a person
 * may name one. BENCH_FIND_DEVICES and BENCH_FIND_RUNS make it smaller. The last columns are its peer in the same run: what
 * the list of devices does with the same text, a scan with ILIKE. Prints tables and plans and writes bench/results/find.json.
 */
import { loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { sampleDevices, seedDevices, type SeededDevice } from './find-seed.ts'
import { openRaw, type RawStore } from './log-seed.ts'
import { writeResult } from './results.ts'
import { onStore, quiet, storeAt } from './stores.ts'
import { percentile, print, printTable } from './table.ts'

const DEVICES = Number(process.env.BENCH_FIND_DEVICES ?? 100_000)
const RUNS = Number(process.env.BENCH_FIND_RUNS ?? 50)
const PEER_RUNS = Math.min(RUNS, 12)

type Case = {
  name: string
  typed: (device: SeededDevice, run: number) => string
  /** The device itself must be among the first ten. */
  isSought: boolean
}

const changed = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'x' ? 'k' : 'x') + text.slice(at + 1)
const swapped = (text: string, at: number) =>
  text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2)
/** A place inside the first word. */
const inWord = (text: string, run: number) => 1 + (run % Math.max(1, text.search(/[^a-zA-Z]|$/) - 2))

const cases: Case[] = [
  { name: 'name, exact', typed: ({ name }) => name, isSought: true },
  { name: 'name, start (4 letters)', typed: ({ name }) => name.slice(0, 4), isSought: false },
  { name: 'name, all but the end', typed: ({ name }) => name.slice(0, -2), isSought: false },
  {
    name: 'name, words in another order',
    typed: ({ name }) => name.split(/[- ]/).reverse().join(' '),
    isSought: true,
  },
  { name: 'a word many names have', typed: (_, run) => (run % 2 === 0 ? 'sensor' : 'hall'), isSought: false },
  {
    name: 'two words many names have',
    typed: (_, run) => (run % 2 === 0 ? 'pump hall' : 'sensor hamburg'),
    isSought: false,
  },
  { name: 'two such words no device has', typed: () => 'gw kiosk', isSought: false },
  {
    name: 'name, one letter wrong',
    typed: ({ name }, run) => changed(name, inWord(name, run)),
    isSought: true,
  },
  {
    name: 'name, two letters swapped',
    typed: ({ name }, run) => swapped(name, inWord(name, run)),
    isSought: true,
  },
  { name: 'nothing like it', typed: (_, run) => `zyxwv${String(run)}qq`, isSought: false },
  { name: 'uuid, first 7', typed: ({ uuid }) => uuid.slice(0, 7), isSought: true },
  { name: 'uuid, first 2', typed: ({ uuid }) => uuid.slice(0, 2), isSought: false },
  { name: 'tag value', typed: ({ site }) => site, isSought: false },
  { name: 'tag key=value', typed: ({ site }) => `site=${site}`, isSought: false },
  { name: 'tag key', typed: () => 'rack', isSought: false },
  { name: 'IP address', typed: ({ ip }) => ip, isSought: true },
  { name: 'IP address, start', typed: ({ ip }) => ip.slice(0, 4), isSought: false },
  { name: 'MAC address', typed: ({ mac }) => mac, isSought: true },
  { name: 'MAC address, last 6', typed: ({ mac }) => mac.replaceAll(':', '').slice(-6), isSought: true },
  { name: 'serial number', typed: ({ serial }) => serial, isSought: true },
  { name: 'serial number, last 6', typed: ({ serial }) => serial.slice(-6), isSought: true },
]

type Figures = { name: string; found: number; sought: string; p50Ms: number; p95Ms: number; peerMs: number }

async function measureCase(
  { api }: TestGateway,
  one: Case,
  devices: readonly SeededDevice[],
): Promise<Figures> {
  const tookMs: number[] = []
  const peerMs: number[] = []
  let [found, hits] = [0, 0]
  // The first is for the connection and the compiler.
  for (let run = 0; run <= RUNS; run++) {
    const device = devices[run % devices.length]
    if (!device) throw new Error('no devices')
    const q = one.typed(device, run).slice(0, 200)
    const startMs = performance.now()
    const answer = await api.call('searchDevices', { query: { q, limit: 10 } })
    const took = performance.now() - startMs
    if (run === 0) continue
    tookMs.push(took)
    found += answer.devices.length
    if (answer.devices.some(({ uuid }) => uuid === device.uuid)) hits++
    if (run > PEER_RUNS) continue
    const peerStartMs = performance.now()
    await api.call('listDevices', { query: { q, limit: 10 } })
    peerMs.push(performance.now() - peerStartMs)
  }
  const sorted = tookMs.sort((a, b) => a - b)
  return {
    name: one.name,
    found: found / RUNS,
    sought: one.isSought ? `${String(hits)}/${String(RUNS)}` : '',
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    peerMs: percentile(
      peerMs.sort((a, b) => a - b),
      0.5,
    ),
  }
}

const POLL_MS = 500
const PATIENCE_MS = 900_000

/** Devices are made findable in the order they came; waits for the last. */
async function untilFound({ api }: TestGateway, serial: string): Promise<void> {
  const startMs = performance.now()
  while (performance.now() - startMs < PATIENCE_MS) {
    const { devices } = await api.call('searchDevices', { query: { q: serial } })
    if (devices.length > 0) return
    await delay(POLL_MS)
  }
  throw new Error('the devices were not made findable in time')
}

/** How the store goes about the two statements that all finds rest on: the start of a term, and words like one. */
async function explain(store: RawStore): Promise<string[]> {
  const plans = await Promise.all(
    [
      `select device_id from device_term where term like 'hamburg%' order by term limit 60`,
      `select word from word_trigram where trigram = any(array['  h',' ha','ham','amb','mbr','bru','rug','ug ']) group by word order by count(distinct trigram) desc limit 300`,
    ].map((statement) => store.query(`explain (analyze, buffers, timing off) ${statement}`)),
  )
  return plans.flatMap((rows) => [...rows.map((row) => String(row['QUERY PLAN'])), ''])
}

async function measureOn(store: string, url: string | null) {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const fleet = await gateway.api.call('createFleet', {
      body: { name: 'Bench of finding', deviceType: 'raspberrypi4-64' },
    })
    // The embedded database has one owner at a time.
    await gateway.process.stop()
    const raw = await openRaw(gateway, url)
    const seconds = await seedDevices(raw, fleet.id, DEVICES)
    const tagStartMs = performance.now()
    await raw.query(
      `update device set tags = tags || '{"batch": "spring"}' where id in (select id from device order by id limit 10000)`,
    )
    const taggingMs = performance.now() - tagStartMs
    const devices = await sampleDevices(raw, RUNS + 1)
    const [newest] = await raw.query('select cpu_id from device order by id desc limit 1')
    await raw.close()
    await gateway.process.start()
    const indexStartMs = performance.now()
    await untilFound(gateway, String(newest?.cpu_id))
    const indexSeconds = (performance.now() - indexStartMs) / 1000
    print(
      `${store}: ${DEVICES.toLocaleString('en')} devices stored in ${seconds.toFixed(0)} s and made findable in ${indexSeconds.toFixed(0)} s more; a tag set on 10,000 of them in ${taggingMs.toFixed(0)} ms`,
    )
    const figures: Figures[] = []
    for (const one of cases) figures.push(await measureCase(gateway, one, devices))
    await gateway.process.stop()
    const again = await openRaw(gateway, url)
    const [size] =
      await again.query(`select (select count(*)::int from device_term) as terms, (select count(distinct word)::int from word_trigram) as words,
      (pg_total_relation_size('device_term') + pg_total_relation_size('word_trigram'))::text as bytes`)
    const plan = await explain(again)
    await again.close()
    print(
      `${Number(size?.terms).toLocaleString('en')} terms and ${Number(size?.words).toLocaleString('en')} words in ${(Number(size?.bytes) / 1e6).toFixed(0)} MB`,
    )
    printTable(
      ['what is typed', 'found', 'the one sought', 'p50', 'p95', 'list (ILIKE) p50', 'ratio'],
      figures.map((row) => [
        row.name,
        row.found.toFixed(1),
        row.sought,
        `${row.p50Ms.toFixed(1)} ms`,
        `${row.p95Ms.toFixed(1)} ms`,
        `${row.peerMs.toFixed(0)} ms`,
        `${(row.peerMs / row.p50Ms).toFixed(1)} x`,
      ]),
    )
    print(`Plans on ${store}:`)
    for (const line of plan) print(`  ${line}`)
    return {
      store,
      devices: DEVICES,
      seconds,
      indexSeconds,
      ...size,
      taggingMs,
      figures,
      plan,
      load: loadavg(),
    }
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
writeResult('find', { devices: DEVICES, runs: RUNS, results })
