/**
 * `npm run bench:scroll`: scrolls through a list of 100,000 devices in a browser, as people do: by the wheel, by pulling the
 * scrollbar evenly from the first row to the last, and by long jumps of the scrollbar over all of them, while devices
 * report. Prints how fluent it is, how long rows were missing and what was asked of the gateway. DEVICES, SECONDS (of the
 * wheel), PULL_SECONDS and REPORTS (a second) make it smaller; PROFILE=1 prints where the page's script spends its time. Writes
 * bench/results/scroll.json.
 */
import { chromium, type CDPSession, type Page } from '@playwright/test'
import { setTimeout as delay } from 'node:timers/promises'
import { deviceApiPaths } from '#contract/device-protocol'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { heapMb, load, profilePage } from './cpu-use.ts'
import { makeFleets, seedUpTo } from './device-seed.ts'
import { watchPage } from './page-watch.ts'
import { makeFleet, openConnections, send } from './plain-devices.ts'
import { writeResult } from './results.ts'
import { aside, onStore, quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'
import { openSignedIn } from './signed-in.ts'

const DEVICES = Number(process.env.DEVICES ?? 100_000)
const SECONDS = Number(process.env.SECONDS ?? 15)
const REPORTS_PER_SECOND = Number(process.env.REPORTS ?? 20)
const REPORTING = 50
const WHEEL_PX = 240
const JUMPS = 60
const JUMP_EVERY_MS = 200
const PULL_MS = Number(process.env.PULL_SECONDS ?? 30) * 1000
const ROW_PX = 40
const HEAD_PX = 38
const LIST = '[role=region][aria-label=Devices]'

/**
 * Runs in the page: at every frame compares the rows that the box shows with those that are drawn in it, once its scroll
 * handlers have run.
 */
const watchRows = `
  const isWatched = window.benchRows !== undefined
  window.benchRows = { blankMs: 0, longestBlankMs: 0, blankFrames: 0, mostMissing: 0, isOn: false }
  let since = null
  let before = null
  const look = (now) => {
    const seen = window.benchRows
    const box = document.querySelector('${LIST}')
    const drawn = box === null ? [] : box.querySelectorAll('tr[data-index]')
    if (seen.isOn && box !== null) {
      const first = Math.floor(box.scrollTop / ${String(ROW_PX)})
      const rows = Math.floor(box.querySelector('tbody').offsetHeight / ${String(ROW_PX)})
      const last = Math.min(rows - 1, Math.floor((box.scrollTop + box.clientHeight - ${String(HEAD_PX)}) / ${String(ROW_PX)}))
      let there = 0
      for (const row of drawn) if (Number(row.dataset.index) >= first && Number(row.dataset.index) <= last) there++
      const missing = Math.max(0, last - first + 1 - there)
      seen.mostMissing = Math.max(seen.mostMissing, missing)
      if (missing === 0) since = null
      else {
        since ??= before ?? now
        seen.blankFrames++
        seen.blankMs += now - (before ?? now)
        seen.longestBlankMs = Math.max(seen.longestBlankMs, now - since)
      }
    }
    before = now
    requestAnimationFrame(look)
  }
  if (!isWatched) requestAnimationFrame(look)
`
type Rows = { blankMs: number; longestBlankMs: number; blankFrames: number; mostMissing: number }

/** Whole reports of some devices, one after another, until it is told to end; answers how many were taken. */
async function startReports(gateway: TestGateway): Promise<() => Promise<number>> {
  const connections = openConnections(gateway.url, 4)
  const { devices } = await makeFleet(gateway, connections, { name: 'Reporting', count: REPORTING })
  const end = new AbortController()
  let taken = 0
  const running = (async () => {
    for (let sequence = 0; !end.signal.aborted; sequence++) {
      const device = devices[sequence % devices.length]
      if (!device) return
      const { status } = await send(
        connections,
        'PATCH',
        deviceApiPaths.reportState,
        device.key,
        device.report(sequence),
      )
      if (status === 200) taken++
      await delay(1000 / REPORTS_PER_SECOND)
    }
  })()
  return async () => {
    end.abort()
    await running
    connections.close()
    return taken
  }
}

const lastIndex = async (page: Page) =>
  Number(await page.locator(`${LIST} tr[data-index]`).last().getAttribute('data-index'))

/** Puts the scrollbar where this share of the list is above. */
const scrollTo = (page: Page, share: number) =>
  page.evaluate(
    ([list, part]) => {
      const box = document.querySelector(list)
      if (box) box.scrollTop = box.scrollHeight * part
    },
    [LIST, share] as const,
  )

type Way = { name: string; scroll: (page: Page) => Promise<void> }
const ways: Way[] = [
  {
    name: 'by the wheel',
    scroll: async (page) => {
      await page.locator(LIST).hover()
      const endMs = performance.now() + SECONDS * 1000
      while (performance.now() < endMs) {
        await page.mouse.wheel(0, WHEEL_PX)
        await delay(8)
      }
    },
  },
  {
    name: 'pulled from the first to the last',
    scroll: async (page) => {
      const startMs = performance.now()
      for (let share = 0; share < 1;) {
        share = Math.min(1, (performance.now() - startMs) / PULL_MS)
        await scrollTo(page, share)
        await delay(16)
      }
      await page.locator(`${LIST} tr[data-index="${String(DEVICES + REPORTING - 1)}"]`).waitFor()
    },
  },
  {
    name: 'by jumps over all of them',
    scroll: async (page) => {
      for (let jump = 0; jump < JUMPS; jump++) {
        // The golden ratio goes everywhere without a pattern.
        const share = (jump * 0.618_033_988_75) % 1
        await scrollTo(page, share)
        await delay(JUMP_EVERY_MS)
      }
    },
  },
]

async function measureWay(page: Page, session: CDPSession, way: Way) {
  let requests = 0
  const count = (request: { url: () => string }) => {
    if (request.url().includes('/api/v1/devices')) requests++
  }
  page.on('request', count)
  const endProfile = process.env.PROFILE === '1' ? await profilePage(page) : null
  const watch = await watchPage(page, session)
  await page.evaluate(watchRows)
  await page.evaluate('window.benchRows.isOn = true')
  await watch.setOn(true)
  const startMs = performance.now()
  await way.scroll(page)
  const tookSeconds = (performance.now() - startMs) / 1000
  await watch.setOn(false)
  const rows = await page.evaluate(() => Reflect.get(window, 'benchRows') as Rows)
  const seen = await watch.end()
  page.off('request', count)
  for (const { name, seconds } of ((await endProfile?.()) ?? []).slice(0, 15))
    print(`  ${seconds.toFixed(2)} s  ${name}`)
  return {
    way: way.name,
    tookSeconds,
    lastRow: (await lastIndex(page)) + 1,
    framesPerSecond: seen.frames / tookSeconds,
    longestFrameMs: seen.longestFrameMs,
    framesBeyond50Ms: seen.framesBeyond50Ms,
    dropped: seen.dropped,
    busyPercent: (seen.tasks.TaskDuration / tookSeconds) * 100,
    ...rows,
    requests,
    heapMb: await heapMb(session),
    load: load(),
  }
}

async function measure(gateway: TestGateway, executablePath: string) {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  try {
    const context = await openSignedIn(browser, gateway)
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    const endReports = await startReports(gateway)
    await page.goto('/devices?sort=name')
    await page.locator(`${LIST} tr[data-index]`).first().waitFor()
    await page.getByText('Live', { exact: true }).first().waitFor()
    const figures = []
    for (const way of ways) figures.push(await measureWay(page, session, way))
    return { figures, reports: await endReports() }
  } finally {
    await browser.close()
  }
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const [result] = await onStore('postgresql', async (url) => {
  const gateway = await startTestGateway({ environment: { ...quiet, ...storeAt(url) } })
  try {
    const seeded = await makeFleets(gateway)
    await aside(gateway, url, (raw) => seedUpTo(raw, seeded, 0, DEVICES))
    return await measure(gateway, executablePath)
  } finally {
    await gateway.process.dispose()
  }
})
if (result) {
  printTable(
    [
      'scrolled',
      'for',
      'up to row',
      'frames/s',
      'longest',
      'beyond 50 ms',
      'busy',
      'rows missing',
      'at most',
      'at once',
      'requests',
      'heap',
      'load',
    ],
    result.figures.map((one) => [
      one.way,
      `${one.tookSeconds.toFixed(0)} s`,
      one.lastRow.toLocaleString('en'),
      one.framesPerSecond.toFixed(1),
      `${one.longestFrameMs.toFixed(0)} ms`,
      String(one.framesBeyond50Ms),
      `${one.busyPercent.toFixed(0)} %`,
      `${one.blankMs.toFixed(0)} ms`,
      `${one.longestBlankMs.toFixed(0)} ms`,
      String(one.mostMissing),
      String(one.requests),
      `${one.heapMb.toFixed(0)} MB`,
      one.load,
    ]),
  )
  writeResult('scroll', { devices: DEVICES, reportsPerSecond: REPORTS_PER_SECOND, ...result })
}
