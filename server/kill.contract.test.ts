import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPglite, type Database } from './platform/db/database.ts'
import { migrate, readMigrations } from './platform/db/migrate.ts'
import { deviceCalls, type DeviceCalls } from './testing/device-calls.ts'
import { seedDevice, seedFleet, type SeededDevice } from './testing/fleet-seed.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const DEVICES = 8
const ACKNOWLEDGED_BEFORE_KILL = 100
const LINES_PER_BATCH = 5

let folder: string
let devices: SeededDevice[]
const running = new Set<ChildProcess>()

const fail = (error: Error) => {
  throw error
}
const openData = () => openPglite(folder, fail)
async function withData<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openData()
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** The true gateway as a process of its own; resolves with its address when it listens. */
async function startGateway(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(here, 'main.ts')], {
    cwd: path.dirname(here),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], PORT: '0', WHEELHOUSE_DATA: folder, LOG_LEVEL: 'error' },
  })
  running.add(child)
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}: ${output}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const [, address] = /listens on (http\S+)/.exec(output) ?? []
      if (address !== undefined) resolve(address)
    })
  })
  return { url, child }
}
async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  running.delete(child)
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wheelhouse-kill-'))
  devices = await withData(async ({ db }) => {
    await migrate(db, await readMigrations(path.join(here, 'migrations')))
    const fleet = await seedFleet(db)
    return Promise.all(Array.from({ length: DEVICES }, () => seedDevice(db, fleet)))
  })
})
afterAll(async () => {
  for (const child of running) await stop(child, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

type Acknowledged = { reports: Map<string, number>; lines: string[]; count: number }

/** One device reports and sends log lines as fast as it is answered, until the gateway is gone. */
async function hammer(calls: DeviceCalls, device: SeededDevice, seen: Acknowledged): Promise<void> {
  for (let turn = 1; ; turn++) {
    const report = await calls.report(device, { status: String(turn), cpu_usage: turn % 100 })
    if (report.status === 200) seen.reports.set(device.uuid, turn)
    const messages = Array.from({ length: LINES_PER_BATCH }, (_, index) => `${device.uuid} ${turn}.${index}`)
    const stream = await calls.post(`/device/v2/${device.uuid}/log-stream`, {
      key: device.key,
      raw: messages
        .map((message) => `${JSON.stringify({ message, timestamp: 1, isSystem: true })}\n`)
        .join(''),
      headers: { 'content-type': 'application/x-ndjson' },
    })
    if (stream.status === 201) seen.lines.push(...messages)
    seen.count += 2
  }
}

test('kill -9 while devices report: everything acknowledged is there at the next start', async () => {
  const { url, child } = await startGateway()
  const calls = deviceCalls(url)
  const seen: Acknowledged = { reports: new Map(), lines: [], count: 0 }
  const hammering = devices.map((device) => hammer(calls, device, seen))
  // The loops end by themselves, with the error of the lost connection.
  const ends = Promise.allSettled(hammering)
  await expect.poll(() => seen.count, { timeout: 20_000 }).toBeGreaterThan(ACKNOWLEDGED_BEFORE_KILL)
  await stop(child, 'SIGKILL')
  const ended = await ends
  expect(ended.every((end) => end.status === 'rejected')).toBe(true)

  // The folder of the dead process is taken over, and devices go on where they were.
  const next = await startGateway()
  const again = deviceCalls(next.url)
  for (const device of devices) expect((await again.poll(device)).status).toBe(200)
  await stop(next.child, 'SIGTERM')
  expect(next.child.exitCode).toBe(0)

  await withData(async ({ db }) => {
    const rows = await db.selectFrom('device').select(['uuid', 'status', 'connectivity']).execute()
    for (const row of rows) {
      expect(Number(row.status)).toBeGreaterThanOrEqual(seen.reports.get(row.uuid) ?? 0)
      expect(row.connectivity).toBe('online')
    }
    const stored = await db.selectFrom('log_line').select('message').execute()
    const messages = new Set(stored.map((row) => row.message))
    expect(seen.lines.filter((message) => !messages.has(message))).toEqual([])
    expect(seen.lines.length).toBeGreaterThan(LINES_PER_BATCH)
  })
}, 60_000)
