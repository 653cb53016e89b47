/**
 * open-balena-api beside the gateway: the same bodies from the same load, one process each, a PostgreSQL of its own that
 * waits for the disk. Its folder, with its packages installed, is named by OPEN_BALENA_API; a node that it accepts by
 * OPEN_BALENA_NODE. It needs `redis-server`. Nothing of it is part of this repository.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { parse } from 'yaml'
import { z } from 'zod'
import { freePort, startPostgres } from '../scripts/postgres-server.ts'
import { keyOf, reportBytes, uuidOf, type ReportKind } from './ingest-fleet.ts'
import { startLoad, type LoadResult } from './ingest-load.ts'
import { watchProcesses } from './cpu-use.ts'
import { openDatabaseView } from './database-view.ts'
import { seedPeer } from './peer-seed.ts'

export type PeerRate = LoadResult & {
  kind: ReportKind
  reportsPerSecond: number
  cores: { gateway: number; database: number; load: number }
}

const WARM_UP_SECONDS = 5
const START_WITHIN_MS = 120_000
/** Characters kept of what it says. */
const LAST_WORDS = 4000
/** Settings of its tests: addresses that nothing answers, and what switches off what it ships with. */
const unwanted =
  /^(GENERATE_CONFIG|RUN_TESTS|TEST_|LOKI|DEBUG|METRICS_MAX|DOWNLOAD_PROGRESS|BLUEBIRD|WEBRESOURCES|NODE_EXTRA)/
const compose = z.object({
  services: z.object({ sut: z.object({ environment: z.record(z.string(), z.coerce.string()) }) }),
})

/** Why it cannot be measured here, in words; null: it can. */
export function peerIsMissing(): string | null {
  const folder = process.env.OPEN_BALENA_API
  if (folder === undefined) return 'OPEN_BALENA_API names no folder of it'
  if (!existsSync(path.join(folder, 'node_modules'))) return `${folder} has no installed packages`
  return null
}

/** Starts it, fills it with devices and sends each kind of report for so long. */
export async function measurePeer(options: {
  devices: number
  connections: number
  seconds: number
  kinds: readonly ReportKind[]
}): Promise<PeerRate[]> {
  const postgres = await startPostgres({ isDurable: true })
  if (!postgres) throw new Error('This machine has no PostgreSQL')
  const started: ChildProcess[] = []
  const client = new pg.Client({ connectionString: postgres.url })
  try {
    const redisPort = await freePort()
    const port = await freePort()
    started.push(
      spawn('redis-server', ['--port', String(redisPort), '--save', '', '--appendonly', 'no'], {
        stdio: 'ignore',
      }),
    )
    const api = startApi(postgres.url, port, redisPort)
    started.push(api.child)
    await untilReady(port, api)
    await client.connect()
    const runs = await seedPeer(client, options.devices)
    const devices = Array.from({ length: options.devices }, (_value, n) => ({
      n: n + 1,
      uuid: uuidOf(n + 1),
      key: keyOf(n + 1),
    }))
    const database = await openDatabaseView(postgres.url)
    const rates: PeerRate[] = []
    for (const [index, kind] of options.kinds.entries()) {
      const bytesOf = reportBytes(runs, kind)
      const firstSequence = 1 + index * 100_000
      const reports = await startLoad({ ...options, port, devices, bytesOf, firstSequence })
      await reports.measure(WARM_UP_SECONDS)
      const cpu = watchProcesses([
        { name: 'gateway', pid: api.child.pid ?? 0 },
        { name: 'load', pid: process.pid },
        { name: 'database', pid: database.pid, withChildren: true },
      ])
      const result = await reports.measure(options.seconds)
      const used = new Map(cpu().map(({ name, cores }) => [name, cores]))
      await reports.stop()
      rates.push({
        ...result,
        kind,
        reportsPerSecond: result.reports / result.seconds,
        cores: {
          gateway: used.get('gateway') ?? 0,
          database: used.get('database') ?? 0,
          load: used.get('load') ?? 0,
        },
      })
    }
    await database.close()
    return rates
  } finally {
    await client.end().catch(() => undefined)
    for (const child of started) child.kill('SIGKILL')
    await postgres.stop()
  }
}

/** The process, and the last of what it said. */
type StartedApi = { child: ChildProcess; lastWords: () => string }

function startApi(databaseUrl: string, port: number, redisPort: number): StartedApi {
  const folder = process.env.OPEN_BALENA_API ?? ''
  const text = readFileSync(path.join(folder, 'docker-compose.test-custom.yml'), 'utf8')
  const settings = compose.parse(parse(text, { merge: true })).services.sut.environment
  const kept = Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    unwanted.test(name) ? [] : [[name, value]],
  )
  const child = spawn(
    process.env.OPEN_BALENA_NODE ?? process.execPath,
    ['--loader', '@swc-node/register/esm-register', 'index.js'],
    {
      cwd: folder,
      env: {
        ...Object.fromEntries(kept),
        PATH: process.env.PATH ?? '',
        DATABASE_URL: databaseUrl,
        REDIS_HOST: `127.0.0.1:${String(redisPort)}`,
        PORT: String(port),
        NUM_WORKERS: '1',
        NODE_ENV: 'production',
        PRODUCTION_MODE: 'true',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-LAST_WORDS)))
  return { child, lastWords: () => said.trim() }
}

async function untilReady(port: number, { child, lastWords }: StartedApi): Promise<void> {
  const giveUpAtMs = performance.now() + START_WITHIN_MS
  while (performance.now() < giveUpAtMs && child.exitCode === null && child.signalCode === null) {
    const isReady = await fetch(`http://127.0.0.1:${String(port)}/ping`).then(
      (response) => response.ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error(`open-balena-api did not start; the last it said:\n${lastWords()}`)
}
