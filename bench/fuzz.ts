/**
 * `npm run test:fuzz`: random requests against the built gateway, made of the contract's schemas for the REST and the device
 * API, and raw bytes on its port. Ends with 1 where one is answered with a failure of the gateway (5xx other than "too much at
 * once"), where one is not answered, where the gateway ends, or where its memory does not come to rest. Each fault is printed
 * with the seed and the number of the input, which make the same input again. Options: `--inputs 200000`, `--seed` (a random
 * one when absent), `--raw-share 0.2`, `--store pglite|postgresql`, `--connections 32`. Writes bench/results/fuzz.json.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { registerReply } from '#contract/device-protocol'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { makeFleet, makeRelease } from '../e2e/fixtures/fleets.ts'
import { rawBytes, requestFor, type FuzzRequest, type Known } from './fuzz-requests.ts'
import { Random } from './fuzz-values.ts'
import { writeResult } from './results.ts'
import { onStore, quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '200000' },
    seed: { type: 'string' },
    'raw-share': { type: 'string', default: '0.2' },
    store: { type: 'string', default: 'pglite' },
    connections: { type: 'string', default: '32' },
  },
})
const inputs = Number(values.inputs)
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
const rawShare = Number(values['raw-share'])
const width = Number(values.connections)
const ANSWER_WITHIN_MS = 30_000
/** Raw bytes may be the begin of a request that never comes: they are let go of after this. */
const RAW_WITHIN_MS = 150
const SAMPLES = 20
const MOST_FAULTS = 20
/** From the third fifth on memory may still rise by this much. */
const RISE_MB = 150

type Fault = { number: number; name: string; what: string; input: string }
type Seen = { statuses: Map<number, number>; faults: Fault[]; answered: number; raw: number }

const agent = new Agent({ keepAlive: true, maxSockets: width })

/** The status of the answer; rejects when there is none in time. */
const ask = (url: URL, { method, path, headers, body }: FuzzRequest): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }) },
        timeout: ANSWER_WITHIN_MS,
      },
      (response) => {
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', reject)
        response.resume()
      },
    )
    request.on('timeout', () => request.destroy(new Error(`no answer within ${String(ANSWER_WITHIN_MS)} ms`)))
    request.on('error', reject)
    request.end(body ?? undefined)
  })

/** Writes bytes and lets the gateway do with them what it likes; answers what came back. */
const throwBytes = (url: URL, bytes: Buffer): Promise<string> =>
  new Promise((resolve) => {
    let received = ''
    const socket = connect({ host: url.hostname, port: Number(url.port) })
    const end = () => {
      socket.destroy()
      resolve(received)
    }
    const timer = setTimeout(end, RAW_WITHIN_MS)
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1', 0, 64)))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(received)
    })
    socket.write(bytes)
  })

/** One of everything, so that requests have something to meet. */
async function prepare(gateway: TestGateway): Promise<Known> {
  const { api } = gateway
  const fleet = await makeFleet(api, 'Fuzzed')
  const other = await makeFleet(api, 'Fuzzed as well')
  const release = await makeRelease(api, fleet, {
    semver: '1.0.0',
    services: [{ name: 'main', version: '1.0.0' }],
  })
  const [uuid, key] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const registered = await fetch(new URL('/device/register', gateway.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${fleet.provisioningKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ application: fleet.id, uuid, api_key: key, device_type: 'raspberrypi4-64' }),
  })
  const { id: deviceId } = registerReply.parse(await registered.json())
  const secretOf = async (role: 'viewer' | 'admin') =>
    (
      await api.call('createApiToken', {
        body: { name: `fuzz ${role}`, access: { everywhere: role, fleets: [] } },
      })
    ).secret
  const numbers = [1, 2, 3, 4, 5, 99_999]
  return {
    ids: {
      fleetId: [fleet.id, other.id, 99_999],
      releaseId: [release.id, ...numbers],
      rolloutId: numbers,
      actionId: numbers,
      batchId: numbers,
      lineId: numbers,
      noteId: numbers,
      variableId: numbers,
      uuid: [uuid, 'f'.repeat(32)],
      from: [release.id, '2026-01-01T00:00:00.000Z'],
      deviceId: [deviceId, 99_999],
    },
    // Mostly who may: others are refused before anything is looked at.
    bearers: [...Array<string>(7).fill(await secretOf('admin')), await secretOf('viewer'), 'wh_nobody', null],
    deviceUuid: uuid,
    deviceKey: key,
    provisioningKey: fleet.provisioningKey,
  }
}

const residentMb = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Each input has a generator of its own, so that its number alone makes it again. */
const randomOf = (number: number) => new Random((seed ^ Math.imul(number + 1, 0x9e3779b1)) >>> 0)

async function fuzz(url: string | null) {
  const gateway = await startTestGateway({
    environment: {
      ...quiet,
      ...storeAt(url),
      WHEELHOUSE_HEAVY_CALLS_PER_MINUTE: '0',
      WHEELHOUSE_SIGN_INS_PER_MINUTE: '0',
    },
  })
  try {
    const known = await prepare(gateway)
    const at = new URL(gateway.url)
    const seen: Seen = { statuses: new Map(), faults: [], answered: 0, raw: 0 }
    const memory: number[] = []
    const fault = (number: number, name: string, what: string, input: string) => {
      if (seen.faults.length < MOST_FAULTS)
        seen.faults.push({ number, name, what, input: input.slice(0, 2_000) })
    }
    let next = 0
    const startMs = Date.now()
    const drive = async () => {
      while (next < inputs && seen.faults.length < MOST_FAULTS) {
        const number = next++
        if (number % Math.ceil(inputs / SAMPLES) === 0) memory.push(residentMb(gateway.process.pid))
        const random = randomOf(number)
        if (random.chance(rawShare)) {
          const bytes = rawBytes(random)
          const received = await throwBytes(at, bytes)
          if (/^HTTP\/1\.1 5\d\d/.test(received))
            fault(number, 'raw bytes', received.split('\r\n')[0] ?? '', bytes.toString('hex'))
          seen.raw++
          continue
        }
        const { name, request } = requestFor(known, random)
        try {
          const status = await ask(at, request)
          seen.answered++
          seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
          if (status >= 500 && status !== 503)
            fault(number, name, `status ${String(status)}`, JSON.stringify(request))
        } catch (error) {
          fault(number, name, error instanceof Error ? error.message : String(error), JSON.stringify(request))
        }
      }
    }
    await Promise.all(Array.from({ length: width }, drive))
    memory.push(residentMb(gateway.process.pid))
    // It still serves: an answer that is right, and not only one that is no failure.
    const { fleets } = await gateway.api.call('listFleets')
    if (!Array.isArray(fleets)) fault(inputs, 'afterwards', 'the list of fleets cannot be read', '')
    const logged = gateway.process.printed.split('\n').filter((line) => line.includes('"err"'))
    return { store: values.store, seconds: (Date.now() - startMs) / 1000, memory, logged, ...seen }
  } finally {
    agent.destroy()
    await gateway.process.dispose()
  }
}

const [run] = await onStore(values.store, fuzz)
if (run) {
  const total = run.answered + run.raw
  print(
    `\n${total.toLocaleString('en')} inputs in ${run.seconds.toFixed(0)} s with seed ${String(seed)} on ${run.store}: ${run.answered.toLocaleString('en')} requests, ${run.raw.toLocaleString('en')} times raw bytes`,
  )
  printTable(
    ['status', 'answers'],
    [...run.statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => [String(status), count.toLocaleString('en')]),
  )
  const mb = run.memory.map((value) => value.toFixed(0))
  print(`Memory of the gateway, MB, over the run: ${mb.join(', ')}`)
  const middle = run.memory[Math.floor(run.memory.length * 0.6)] ?? 0
  const rise = (run.memory.at(-1) ?? 0) - middle
  const grows = rise > RISE_MB
  print(
    `From the third fifth to the end it rose by ${rise.toFixed(0)} MB${grows ? `, more than ${String(RISE_MB)}` : ''}.`,
  )
  if (run.faults.length > 0)
    printTable(
      ['input', 'of', 'what', 'as it was sent'],
      run.faults.map((one) => [String(one.number), one.name, one.what, one.input.slice(0, 300)]),
    )
  else print('No failure of the gateway, no request without an answer.')
  for (const line of run.logged.slice(0, MOST_FAULTS)) print(line.slice(0, 1_000))
  writeResult('fuzz', { seed, inputs, ...run, statuses: Object.fromEntries(run.statuses) })
  if (run.faults.length > 0 || grows) process.exitCode = 1
}
