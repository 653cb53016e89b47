/** One store under reports, from few devices to many, with what a kill leaves behind. */
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { residentMb, watchProcesses } from './cpu-use.ts'
import { openDatabaseView } from './database-view.ts'
import {
  keyOf,
  makeIngestFleet,
  reportBytes,
  seedIngestDevices,
  uuidOf,
  type IngestFleet,
  type ReportKind,
} from './ingest-fleet.ts'
import { startLoad, type LoadDevice, type LoadResult } from './ingest-load.ts'
import { openRaw } from './log-seed.ts'
import { countLost } from './lost-reports.ts'
import { untilRemembered, type Remembered } from './remembered.ts'
import { aside, quiet, storeAt } from './stores.ts'
import { print } from './table.ts'

export type IngestRate = LoadResult & {
  store: string
  kind: ReportKind
  devices: number
  reportsPerSecond: number
  /** Devices that were remembered before the first report, and how long after the start that took. */
  remembered: Remembered
  /** Share of one core. `database` null: it runs within the gateway. */
  cores: { gateway: number; database: number | null; load: number }
  /** Resident memory of the gateway before and after. */
  memoryMb: [number, number]
  /** Bytes of write-ahead log a report; null where nobody tells. */
  walBytes: number | null
  /** Devices with an acknowledged report, and those whose newest one is missing after `kill -9`. */
  survival: { acknowledged: number; lost: number } | null
}

const WARM_UP_SECONDS = 3
const KILL_AFTER_MS = 1_000
const FIRST_STEP = 100

type Options = {
  store: string
  url: string | null
  sizes: readonly number[]
  kinds: readonly ReportKind[]
  seconds: number
  connections: number
}

/** Measures each kind of report at each number of devices; the gateway is killed after each number, and looked behind. */
export async function measureIngest(options: Options): Promise<IngestRate[]> {
  const { store, url } = options
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  const rates: IngestRate[] = []
  try {
    const fleet = await makeIngestFleet(gateway)
    let seeded = 0
    let sequence = 1
    for (const size of [...options.sizes].sort((a, b) => a - b)) {
      await aside(gateway, url, (raw) => seedIngestDevices(raw, fleet, seeded + 1, size))
      seeded = size
      const devices = Array.from({ length: size }, (_value, n) => ({
        n: n + 1,
        uuid: uuidOf(n + 1),
        key: keyOf(n + 1),
      }))
      for (const kind of options.kinds) {
        print(`${store}: ${kind} reports of ${String(size)} devices`)
        const rate = await measureKind(gateway, fleet, { ...options, kind, devices, sequence })
        rates.push(rate)
        sequence += FIRST_STEP * 1_000
        await gateway.process.start()
      }
    }
    return rates
  } finally {
    await gateway.process.dispose()
  }
}

async function measureKind(
  gateway: TestGateway,
  fleet: IngestFleet,
  options: Options & { kind: ReportKind; devices: readonly LoadDevice[]; sequence: number },
): Promise<IngestRate> {
  const { store, url, kind, devices, seconds } = options
  const remembered = await untilRemembered(gateway.url)
  const database = url === null ? null : await openDatabaseView(url)
  const reports = await startLoad({
    port: Number(new URL(gateway.url).port),
    connections: options.connections,
    devices,
    bytesOf: reportBytes(fleet.runs, kind),
    firstSequence: options.sequence,
  })
  await reports.measure(WARM_UP_SECONDS)
  const { pid } = gateway.process
  const memoryBefore = residentMb(pid)
  const walBefore = await database?.walBytes()
  const cpu = watchProcesses([
    { name: 'gateway', pid },
    { name: 'load', pid: process.pid },
    ...(database ? [{ name: 'database', pid: database.pid, withChildren: true }] : []),
  ])
  const result = await reports.measure(seconds)
  const used = new Map(cpu().map(({ name, cores }) => [name, cores]))
  const walAfter = await database?.walBytes()
  const memoryAfter = residentMb(pid)
  await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS))
  await gateway.process.kill()
  await reports.stop()
  await database?.close()
  const raw = await openRaw(gateway, url)
  return {
    ...result,
    store,
    kind,
    devices: devices.length,
    remembered,
    reportsPerSecond: result.reports / result.seconds,
    cores: {
      gateway: used.get('gateway') ?? 0,
      load: used.get('load') ?? 0,
      database: used.get('database') ?? null,
    },
    memoryMb: [memoryBefore, memoryAfter],
    walBytes:
      walBefore === undefined || walAfter === undefined
        ? null
        : (walAfter - walBefore) / Math.max(1, result.reports),
    survival: await countLost(raw, [
      { devices, acknowledged: reports.acknowledged, sent: reports.sent },
    ]).finally(() => raw.close()),
  }
}
