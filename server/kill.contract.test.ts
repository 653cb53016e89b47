import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY_HEADER } from '#contract/api-root'
import { openPglite, type Database } from './platform/db/database.ts'
import { migrate, readMigrations } from './platform/db/migrate.ts'
import { deviceCalls, type DeviceCalls } from './testing/device-calls.ts'
import { hashSecret, makeSecret } from './platform/secrets.ts'
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

/** Writes notes of a device, each with a key, until the gateway is gone; `answered`: those that were. */
async function writeNotes(write: (text: string) => Promise<number>, lane: number, answered: Set<string>) {
  for (let turn = 1; ; turn++) {
    const text = `note ${String(lane)}.${String(turn)}`
    if ((await write(text)) === 201) answered.add(text)
  }
}

test('kill -9 while people write: what is sent again with its key is there once', async () => {
  const secret = makeSecret('wh_')
  await withData(({ db }) =>
    db
      .insertInto('api_token')
      .values({ name: 'writer', role: 'admin', token_hash: hashSecret(secret), created_by: 'test' })
      .execute(),
  )
  const [device] = devices
  if (!device) throw new Error('no device')
  const keys = new Map<string, string>()
  const writer = (calls: DeviceCalls) => async (text: string) => {
    const key = keys.get(text) ?? randomUUID()
    keys.set(text, key)
    const headers = { [KEY_HEADER]: key }
    const { status } = await calls.post(`/api/v1/devices/${device.uuid}/notes`, {
      key: secret,
      body: { body: text },
      headers,
    })
    return status
  }

  const { url, child } = await startGateway()
  const answered = new Set<string>()
  const lanes = [1, 2, 3, 4].map((lane) => writeNotes(writer(deviceCalls(url)), lane, answered))
  const ends = Promise.allSettled(lanes)
  await expect.poll(() => answered.size, { timeout: 20_000 }).toBeGreaterThan(20)
  await stop(child, 'SIGKILL')
  await ends
  expect(keys.size).toBeGreaterThan(answered.size)

  const next = await startGateway()
  const again = writer(deviceCalls(next.url))
  // Answered before, not done at all before, or done and not answered: 409.
  for (const text of keys.keys()) expect([201, 409]).toContain(await again(text))
  await stop(next.child, 'SIGTERM')

  await withData(async ({ db }) => {
    const notes = await db.selectFrom('device_note').select('body').execute()
    expect(notes.map((note) => note.body).sort()).toEqual([...keys.keys()].sort())
    const recorded = await db
      .selectFrom('audit_entry')
      .select('id')
      .where('action', '=', 'device.note.create')
      .execute()
    expect(recorded).toHaveLength(keys.size)
  })
}, 60_000)
