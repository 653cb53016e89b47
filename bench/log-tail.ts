/**
 * `npm run bench:log-tail`: the log page follows 20 devices that print 5,000 lines a second between them for a minute;
 * how busy the page is, which frames it misses, and what its heap does. `SECONDS=10` makes it shorter.
 */
import { chromium, type Page } from '@playwright/test'
import { Agent, request, type ClientRequest } from 'node:http'
import { deviceApiPaths } from '#contract/device-protocol'
import { startTestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { makeFleet, openConnections, type PlainDevice } from './plain-devices.ts'
import { print, printTable, writeResult } from './table.ts'

const DEVICES = 20
const LINES_PER_SECOND = 5_000
const BEATS_PER_SECOND = 20
const SECONDS = Number(process.env.SECONDS ?? 60)
const FRAME_MS = 1000 / 60

/** Runs in the page: notes long tasks and the time between frames. */
const watchFrames = `
  window.tail = { longTasks: [], frames: [] }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.tail.longTasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
  let last = performance.now()
  const frame = (now) => { window.tail.frames.push(now - last); last = now; requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
`
type Watched = { longTasks: number[]; frames: number[] }

function openStream(url: string, agent: Agent, device: PlainDevice): ClientRequest {
  const path = deviceApiPaths.logStream.replace(':uuid', device.uuid)
  const headers = { authorization: `Bearer ${device.key}`, 'content-type': 'application/x-ndjson' }
  const stream = request(new URL(path, url), { method: 'POST', agent, headers })
  stream.on('error', (error) => print(`A stream ended: ${error.message}`))
  stream.on('response', (response) => print(`A stream was answered ${String(response.statusCode)}`))
  stream.flushHeaders()
  return stream
}

let printed = 0
function beat(streams: readonly ClientRequest[]): void {
  const each = LINES_PER_SECOND / BEATS_PER_SECOND / DEVICES
  for (const stream of streams) {
    const lines = Array.from({ length: each }, () => {
      printed += 1
      const message = `request ${String(printed)} served in ${String(printed % 97)} ms from the cache`
      return JSON.stringify({ message, timestamp: Date.now(), isSystem: true })
    })
    stream.write(`${lines.join('\n')}\n`)
  }
}

async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1e6
}

/** Answers how many seconds the page's main thread has worked since. */
async function countTaskSeconds(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  }
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const gateway = await startTestGateway({ environment: { LOG_LEVEL: 'error' } })
const connections = openConnections(gateway.url, DEVICES)
const agent = new Agent({ keepAlive: true })
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  const { fleetId, devices } = await makeFleet(gateway, connections, { name: 'Flood', count: DEVICES })
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: gateway.url })
  await context.addCookies([await gateway.cookieAs('admin')])
  const page = await context.newPage()
  await page.goto(`/logs?fleetId=${String(fleetId)}`)
  const status = page.getByTestId('log-status')
  await status.waitFor()
  const streams = devices.map((device) => openStream(gateway.url, agent, device))
  beat(streams)
  await page.waitForFunction(() => document.querySelector('[data-key]') !== null)
  const heapBefore = await heapMb(page)
  const taskSeconds = await countTaskSeconds(page)
  const busyBefore = await taskSeconds()
  await page.evaluate(watchFrames)
  const startMs = performance.now()
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      beat(streams)
      if (performance.now() - startMs < SECONDS * 1000) return
      clearInterval(timer)
      resolve()
    }, 1000 / BEATS_PER_SECOND)
  })
  const tookSeconds = (performance.now() - startMs) / 1000
  const busy = ((await taskSeconds()) - busyBefore) / tookSeconds
  const watched = await page.evaluate(() => Reflect.get(window, 'tail') as Watched)
  const heapAfter = await heapMb(page)
  const shown = await status.innerText()
  const leftOut = await page.getByRole('note').allInnerTexts()
  for (const stream of streams) stream.end()

  const dropped = watched.frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / FRAME_MS) - 1), 0)
  const longest = Math.max(0, ...watched.longTasks)
  print(
    `\nFollowing ${String(DEVICES)} devices, ${(printed / tookSeconds).toFixed(0)} lines/s for ${tookSeconds.toFixed(0)} s`,
  )
  printTable(
    ['figure', 'value'],
    [
      ['main thread busy', `${(busy * 100).toFixed(0)} %`],
      ['frames drawn', String(watched.frames.length)],
      ['frames dropped', String(dropped)],
      ['long tasks (> 50 ms)', String(watched.longTasks.length)],
      ['longest task', `${longest.toFixed(0)} ms`],
      ['heap before, after', `${heapBefore.toFixed(1)}, ${heapAfter.toFixed(1)} MB`],
      ['the page says', shown],
      ['left out, in sight', leftOut.join(' ') || 'nothing'],
    ],
  )
  writeResult('log-tail', {
    tookSeconds,
    printed,
    busy,
    frames: watched.frames.length,
    dropped,
    longTasks: watched.longTasks.length,
    longest,
    heapBefore,
    heapAfter,
  })
} finally {
  await browser.close()
  agent.destroy()
  connections.close()
  await gateway.process.dispose()
}
