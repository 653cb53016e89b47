/**
 * `npm run bench:reconnect`: 100,000 devices come back within 10 s after an outage; each opens a connection, reports and
 * polls for its target, and after 503, an error or a timeout waits as supervisors do before it tries again. Prints how
 * long until all are back, what was refused and lost, and the memory of the gateway; writes bench/results/reconnect.json.
 * Options: `--store pglite|postgresql`, `--devices 100000`, `--within 10`.
 */
import { parseArgs } from 'node:util'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { load, residentMb, watchProcesses } from './cpu-use.ts'
import { keyOf, makeIngestFleet, seedIngestDevices, uuidOf } from './ingest-fleet.ts'
import { openRaw } from './log-seed.ts'
import { ADDRESSES, reconnect, type Reconnected } from './reconnect-load.ts'
import { writeResult } from './results.ts'
import { aside, onStore, quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: ['pglite', 'postgresql'] },
    devices: { type: 'string', default: '100000' },
    within: { type: 'string', default: '10' },
  },
})
const count = Number(values.devices)
const withinMs = Number(values.within) * 1000
const SAMPLE_MS = 250
const SETTLE_MS = 3_000

type Row = Reconnected & {
  store: string
  memoryMb: { start: number; peak: number; end: number }
  cores: { gateway: number; load: number }
  /** Devices whose acknowledged report is not in the store, and those that are not online there. */
  lost: number
  notOnline: number
}

async function measure(store: string, url: string | null): Promise<Row> {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const fleet = await makeIngestFleet(gateway)
    await aside(gateway, url, async (raw) => {
      await seedIngestDevices(raw, fleet, 1, count)
      // Away for an hour, and noticed; each comes back from the address that it had.
      await raw.query(`update device set connectivity = 'offline', last_poll_at = now() - interval '1 hour',
        last_seen_at = now() - interval '1 hour', last_report_at = now() - interval '1 hour', next_check_at = null,
        public_address = '127.0.0.' || 2 + split_part(name, ' ', 2)::int % ${String(ADDRESSES)}`)
      await raw.query('delete from device_term_due')
      await raw.query('vacuum analyze device')
    })
    return { store, ...(await returnOf(gateway, fleet)), ...(await lookBehind(gateway, url)) }
  } finally {
    await gateway.process.dispose()
  }
}

async function returnOf(gateway: TestGateway, { runs }: Awaited<ReturnType<typeof makeIngestFleet>>) {
  const { pid } = gateway.process
  const start = residentMb(pid)
  let peak = start
  const sampling = setInterval(() => (peak = Math.max(peak, residentMb(pid))), SAMPLE_MS)
  const cpu = watchProcesses([
    { name: 'gateway', pid },
    { name: 'load', pid: process.pid },
  ])
  const devices = Array.from({ length: count }, (_value, n) => ({
    n: n + 1,
    uuid: uuidOf(n + 1),
    key: keyOf(n + 1),
  }))
  const result = await reconnect({
    port: Number(new URL(gateway.url).port),
    devices,
    runs,
    withinMs,
  })
  clearInterval(sampling)
  const used = new Map(cpu().map(({ name, cores }) => [name, cores]))
  return {
    ...result,
    memoryMb: { start, peak, end: residentMb(pid) },
    cores: { gateway: used.get('gateway') ?? 0, load: used.get('load') ?? 0 },
  }
}

/** Kills the gateway and asks the store. A poll is answered before it is noted: the last ones get a moment for it. */
async function lookBehind(gateway: TestGateway, url: string | null) {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  await gateway.process.kill()
  const raw = await openRaw(gateway, url)
  const [row] = await raw.query(`select count(*) filter (where memory_used_mib <> 301)::int as lost,
    count(*) filter (where connectivity <> 'online')::int as away from device`)
  await raw.close()
  return { lost: Number(row?.lost), notOnline: Number(row?.away) }
}

const rows: Row[] = []
for (const store of values.store) {
  print(`${store}: ${String(count)} devices come back within ${values.within} s`)
  rows.push(...(await onStore(store, (url) => measure(store, url))))
}

const number = (value: number) => Math.round(value).toLocaleString('en')
print(
  `\n${number(count)} devices back within ${values.within} s, each with a report and a poll; machine load ${load()}`,
)
printTable(
  [
    'store',
    'recovered',
    'median device',
    'slowest',
    '503',
    'timeouts',
    'broken',
    'lost',
    'not online',
    'start MB',
    'peak',
    'end',
    'gateway',
    'load',
  ],
  rows.map((row) => [
    row.store,
    `${row.recoveredSeconds.toFixed(1)} s`,
    `${row.medianSeconds.toFixed(1)} s`,
    `${row.slowestSeconds.toFixed(1)} s`,
    number(row.overloaded),
    number(row.timeouts),
    number(Object.values(row.broken).reduce((sum, count) => sum + count, 0)),
    number(row.lost),
    number(row.notOnline),
    number(row.memoryMb.start),
    number(row.memoryMb.peak),
    number(row.memoryMb.end),
    row.cores.gateway.toFixed(2),
    row.cores.load.toFixed(2),
  ]),
)
writeResult('reconnect', { load: load(), devices: count, withinMs, rows })
