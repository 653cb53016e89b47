/**
 * `npm run bench:source -- --url https://api.example.com`: how a gateway reads the fleets of an openBalena, with the token in
 * BALENA_API_TOKEN. Prints how long the first read takes; then, with nobody looking, with a device page open and with the list of
 * devices open, the requests of a minute, how old what was read and what is on screen gets, and the gateway's CPU; and how long it takes from a device
 * that is renamed there to the page. For that the device gets other names for a moment, unless `--no-renames`; it has its own again
 * at the end. `--device <uuid>`: which one, else the first of the list. `--renames 20`, `--poll-interval 600000` (what the backend
 * gives devices). Writes bench/results/source.json.
 */
import { chromium, type Page } from '@playwright/test'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { load, residentMb, watchProcesses } from './cpu-use.ts'
import { writeResult } from './results.ts'
import { openSignedIn } from './signed-in.ts'
import { percentile, print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    device: { type: 'string' },
    renames: { type: 'string', default: '20' },
    'no-renames': { type: 'boolean', default: false },
    'poll-interval': { type: 'string', default: '600000' },
  },
})
const { url } = values
const token = process.env.BALENA_API_TOKEN
if (url === undefined || token === undefined || token === '')
  throw new Error(
    'Say which backend: BALENA_API_TOKEN=… npm run bench:source -- --url https://api.example.com',
  )
const renames = values['no-renames'] ? 0 : Number(values.renames)
const MINUTE_MS = 60_000
/** What the page that was open before still asked for has left the minute that requests are counted over. */
const SETTLE_MS = 15_000
const LOOK_EVERY_MS = 250
const FIRST_READ_WITHIN_MS = 15 * MINUTE_MS
const SHOWN_WITHIN_MS = 30_000

const reading = async (gateway: TestGateway) => {
  const { at, status } = await gateway.api.call('getSource')
  if (!status.reading) throw new Error('This gateway reads no source')
  return { atMs: Date.parse(at), ...status.reading }
}

async function firstRead(gateway: TestGateway): Promise<{ seconds: number; requests: number }> {
  const startMs = performance.now()
  while (performance.now() - startMs < FIRST_READ_WITHIN_MS) {
    const { state, problem, requestsLastMinute } = await reading(gateway)
    if (problem) throw new Error(problem.sentence)
    if (state === 'reading')
      return { seconds: (performance.now() - startMs) / 1000, requests: requestsLastMinute }
    await wait(LOOK_EVERY_MS)
  }
  throw new Error('The first read has not ended')
}

/** A minute as it is: `age` is that of all that was read, `shownAge` that of devices on screen, in ms, looked at four times a second. */
async function watchMinute(gateway: TestGateway, name: string) {
  await wait(SETTLE_MS)
  const cpu = watchProcesses([{ name: 'gateway', pid: gateway.process.pid }])
  const ages: number[] = []
  const shownAges: number[] = []
  const endMs = performance.now() + MINUTE_MS
  while (performance.now() < endMs) {
    const { atMs, readAt, shownReadAt } = await reading(gateway)
    if (readAt !== null) ages.push(atMs - Date.parse(readAt))
    if (shownReadAt !== null) shownAges.push(atMs - Date.parse(shownReadAt))
    await wait(LOOK_EVERY_MS)
  }
  ages.sort((a, b) => a - b)
  shownAges.sort((a, b) => a - b)
  return {
    name,
    requestsPerMinute: (await reading(gateway)).requestsLastMinute,
    age: { p50: percentile(ages, 0.5), p95: percentile(ages, 0.95), most: ages.at(-1) ?? 0 },
    shownAge: { p95: percentile(shownAges, 0.95), most: shownAges.at(-1) ?? 0 },
    cpu: cpu()[0]?.cores ?? 0,
    memoryMb: residentMb(gateway.process.pid),
    load: load(),
  }
}

async function rename(uuid: string, name: string): Promise<void> {
  const response = await fetch(new URL(`/v7/device(uuid='${uuid}')`, url), {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify({ device_name: name }),
  })
  if (!response.ok) throw new Error(`Renaming a device was answered with ${String(response.status)}`)
}

/** From the answer of the backend, which has it then, to the page; ms. */
async function measureDelays(page: Page, device: { uuid: string; name: string }): Promise<number[]> {
  const delays: number[] = []
  try {
    for (let turn = 0; turn < renames; turn++) {
      // At any moment of the gateway's turns.
      await wait(Math.random() * 4_000)
      const name = `bench-${String(turn)}`
      await rename(device.uuid, name)
      const startMs = performance.now()
      await page.getByText(name, { exact: true }).first().waitFor({ timeout: SHOWN_WITHIN_MS })
      delays.push(performance.now() - startMs)
    }
  } finally {
    if (renames > 0) await rename(device.uuid, device.name)
  }
  return delays.sort((a, b) => a - b)
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('There is no Chromium; see scripts/find-chromium.ts')
const gateway = await startTestGateway({
  environment: {
    WHEELHOUSE_SOURCE: 'balena',
    WHEELHOUSE_POLL_INTERVAL_MS: values['poll-interval'],
    BALENA_API_URL: url,
    BALENA_API_TOKEN: token,
  },
})
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  const first = await firstRead(gateway)
  const { fleets } = await gateway.api.call('listFleets')
  const devices = fleets.reduce((sum, fleet) => sum + fleet.devices.total, 0)
  print(
    `${devices.toLocaleString('en')} devices in ${String(fleets.length)} fleets, read in ${first.seconds.toFixed(1)} s with ${String(first.requests)} requests`,
  )
  const { rows } = await gateway.api.call('listDevices', { query: { limit: 1, sort: 'name' } })
  const uuid = values.device ?? rows[0]?.uuid ?? ''
  const { device } = await gateway.api.call('getDevice', { params: { uuid } })

  // Until the first read has left the minute.
  await wait(MINUTE_MS - SETTLE_MS)
  const scenes = [{ ...(await watchMinute(gateway, 'nobody looks')), delays: [] as number[] }]
  const page = await (await openSignedIn(browser, gateway)).newPage()
  for (const [name, path] of [
    ['a device page', `/devices/${uuid}`],
    ['the list of devices', `/devices?q=${uuid}`],
  ] as const) {
    await page.goto(path)
    await page.getByText('Live', { exact: true }).first().waitFor()
    const watched = await watchMinute(gateway, name)
    scenes.push({ ...watched, delays: await measureDelays(page, device) })
  }
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`)
  print(
    '\nage: of all that was read; on screen: of the devices shown; delay: from a device renamed at the backend to the page',
  )
  printTable(
    [
      'open',
      'requests/min',
      'age p50',
      'p95',
      'most',
      'on screen p95',
      'most',
      'delay p50',
      'p95',
      'gateway CPU',
      'memory MB',
      'load',
    ],
    scenes.map(({ name, requestsPerMinute, age, shownAge, delays, cpu, memoryMb, load: busy }) => [
      name,
      String(requestsPerMinute),
      seconds(age.p50),
      seconds(age.p95),
      seconds(age.most),
      seconds(delays.length === 0 ? undefined : shownAge.p95),
      seconds(delays.length === 0 ? undefined : shownAge.most),
      seconds(delays.length === 0 ? undefined : percentile(delays, 0.5)),
      seconds(delays.length === 0 ? undefined : percentile(delays, 0.95)),
      `${(cpu * 100).toFixed(1)} %`,
      memoryMb.toFixed(0),
      busy,
    ]),
  )
  writeResult('source', { devices, first, scenes })
} finally {
  await browser.close()
  await gateway.process.dispose()
}
