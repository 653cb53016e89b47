/**
 * `npm run bench:wall`: pages that watch a fleet of 100,000 devices of which 5,000 change a second: how busy they are, which
 * frames they miss, and what their socket receives. The changes are written into PostgreSQL and announced as another gateway
 * would, so that what is measured is the watching, not the taking of reports (`npm run bench:ingest`). DEVICES, CHANGES and
 * SECONDS make it smaller; PROFILE=1 prints where the pages' script spends its time. Writes bench/results/wall.json.
 */
import { chromium, type Browser } from '@playwright/test'
import { setTimeout as delay } from 'node:timers/promises'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { startPostgres } from '../scripts/postgres-server.ts'
import { heapMb, load, profilePage, watchProcesses } from './cpu-use.ts'
import { seedDevices } from './find-seed.ts'
import { openRaw, type RawStore } from './log-seed.ts'
import { countSocketBytes, watchPage } from './page-watch.ts'
import { writeResult } from './results.ts'
import { quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'
import { openSignedIn } from './signed-in.ts'

const DEVICES = Number(process.env.DEVICES ?? 100_000)
const CHANGES_PER_SECOND = Number(process.env.CHANGES ?? 5_000)
const SECONDS = Number(process.env.SECONDS ?? 30)
const STEP_MS = 100
/** As many devices as one notice between gateways holds. */
const PER_NOTICE = 50
const PROFILED_FUNCTIONS = 20

type View = { name: string; address: (fleetId: number) => string; isReady: string }
const views: View[] = [
  { name: 'fleet page with its wall', address: (id) => `/fleets/${String(id)}`, isReady: 'canvas' },
  { name: 'device list', address: (id) => `/fleets/${String(id)}/devices`, isReady: 'tbody tr' },
  { name: 'fleets page', address: () => '/fleets', isReady: 'main h2' },
]

/** Changes the health of that many devices, other ones each time, and tells the gateway as another one would. */
async function change(raw: RawStore, fleetId: number, ids: { id: number; uuid: string }[]): Promise<void> {
  await raw.query(`
    update device set health = case health when 'ok' then 'attention' else 'ok' end,
      health_rank = case health when 'ok' then 1 else 3 end, last_seen_at = now()
    where id = any('{${ids.map(({ id }) => id).join(',')}}'::bigint[])`)
  const parts = []
  for (let at = 0; at < ids.length; at += PER_NOTICE) {
    const changes = ids.slice(at, at + PER_NOTICE).map(({ id, uuid }) => ({
      kind: 'device',
      deviceId: id,
      uuid,
      fleetId,
      aspects: ['report', 'health'],
    }))
    parts.push(`('${JSON.stringify({ from: 'bench', changes })}')`)
  }
  await raw.query(
    `select pg_notify('wheelhouse_changes', payload) from (values ${parts.join(',')}) as p (payload)`,
  )
}

/** Changes devices at the asked rate for a while; answers how many it changed, and in what time. */
async function changeFor(raw: RawStore, fleetId: number, seconds: number) {
  const all = (
    await raw.query(`select id, uuid from device where fleet_id = ${String(fleetId)} order by md5(uuid)`)
  ).map(({ id, uuid }) => ({ id: Number(id), uuid: String(uuid) }))
  const perStep = Math.round((CHANGES_PER_SECOND * STEP_MS) / 1000)
  const startMs = performance.now()
  let changed = 0
  for (let step = 0; step * STEP_MS < seconds * 1000; step++) {
    await delay(Math.max(0, startMs + step * STEP_MS - performance.now()))
    const from = (step * perStep) % Math.max(1, all.length - perStep)
    await change(raw, fleetId, all.slice(from, from + perStep))
    changed += perStep
  }
  return { changed, tookSeconds: (performance.now() - startMs) / 1000 }
}

async function measureView(
  gateway: TestGateway,
  browser: Browser,
  raw: RawStore,
  fleetId: number,
  view: View,
) {
  const context = await openSignedIn(browser, gateway)
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const bytesSoFar = await countSocketBytes(session)
  const startMs = performance.now()
  await page.goto(view.address(fleetId))
  await page.locator(view.isReady).first().waitFor()
  const readyMs = performance.now() - startMs
  await page.getByText('Live', { exact: true }).first().waitFor()
  // Once before it counts, so that code is compiled and caches are filled.
  await changeFor(raw, fleetId, 2)
  const heapBefore = await heapMb(session)
  const before = bytesSoFar()
  const endProfile = process.env.PROFILE === '1' ? await profilePage(page) : null
  const watch = await watchPage(page, session)
  await watch.setOn(true)
  const cpu = watchProcesses([{ name: 'gateway', pid: gateway.process.pid }])
  const { changed, tookSeconds } = await changeFor(raw, fleetId, SECONDS)
  await watch.setOn(false)
  const gatewayCores = cpu()[0]?.cores ?? 0
  const seen = await watch.end()
  const after = bytesSoFar()
  const profile = (await endProfile?.()) ?? []
  const heapAfter = await heapMb(session)
  await context.close()
  const figures = {
    view: view.name,
    changesPerSecond: changed / tookSeconds,
    readyMs,
    busyPercent: (seen.tasks.TaskDuration / tookSeconds) * 100,
    framesPerSecond: seen.frames / tookSeconds,
    dropped: seen.dropped,
    longestFrameMs: seen.longestFrameMs,
    longTasks: seen.longTasks,
    bytesPerSecond: (after.bytes - before.bytes) / tookSeconds,
    messagesPerSecond: (after.messages - before.messages) / tookSeconds,
    heapMb: [heapBefore, heapAfter],
    gatewayCores,
    load: load(),
  }
  if (profile.length > 0)
    printTable(
      [`function (${view.name})`, 'own time'],
      profile.slice(0, PROFILED_FUNCTIONS).map(({ name, seconds }) => [name, `${seconds.toFixed(2)} s`]),
    )
  return figures
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const postgres = await startPostgres()
if (postgres === undefined) throw new Error('This machine has no PostgreSQL programs')
const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(postgres.url) } })
const raw = await openRaw(gateway, postgres.url)
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  const fleet = await gateway.api.call('createFleet', {
    body: { name: 'Wide', deviceType: 'raspberrypi4-64' },
  })
  const seconds = await seedDevices(raw, fleet.id, DEVICES)
  await raw.query('analyze device')
  print(`${DEVICES.toLocaleString('en')} devices in PostgreSQL in ${seconds.toFixed(0)} s`)
  const figures = []
  for (const view of views) figures.push(await measureView(gateway, browser, raw, fleet.id, view))
  printTable(
    [
      'watching',
      'changes/s',
      'ready',
      'busy',
      'frames/s',
      'dropped',
      'longest frame',
      'received',
      'messages/s',
      'heap',
      'gateway',
      'load',
    ],
    figures.map((one) => [
      one.view,
      one.changesPerSecond.toFixed(0),
      `${one.readyMs.toFixed(0)} ms`,
      `${one.busyPercent.toFixed(0)} %`,
      one.framesPerSecond.toFixed(1),
      String(one.dropped),
      `${one.longestFrameMs.toFixed(0)} ms`,
      `${(one.bytesPerSecond / 1024).toFixed(1)} KiB/s`,
      one.messagesPerSecond.toFixed(1),
      `${one.heapMb.map((mb) => mb.toFixed(0)).join(' -> ')} MB`,
      `${(one.gatewayCores * 100).toFixed(0)} %`,
      one.load,
    ]),
  )
  writeResult('wall', { devices: DEVICES, figures })
} finally {
  await browser.close()
  await raw.close()
  await gateway.process.dispose()
  await postgres.stop()
}
