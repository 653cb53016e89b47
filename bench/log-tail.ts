/**
 * `npm run bench:log-tail`: the log page follows 20 devices that print 5,000 lines a second between them for a minute,
 * after it holds as many lines as it ever does; how busy it is, which frames it misses, what its heap does, how far behind
 * it is at the end, and who used the processor. `SECONDS=12` makes it shorter, `SLOWER=20` slows the page down as many
 * times, `VIEW='&wrap=true'` sets what is shown, `PROFILE=1` prints where the page's script spends its time.
 */
import { chromium, type CDPSession } from '@playwright/test'
import { Agent } from 'node:http'
import { startTestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { heapMb, load, profilePage, watchProcesses } from './cpu-use.ts'
import { floodFor, openLogStream, printedLines } from './log-flood.ts'
import { makeFleet, openConnections } from './plain-devices.ts'
import { print, printTable, writeResult } from './table.ts'

const DEVICES = 20
const LINES_PER_SECOND = 5_000
const SECONDS = Number(process.env.SECONDS ?? 60)
const HEAP_READINGS = 6
const PROFILED_FUNCTIONS = 25
const FRAME_MS = 1000 / 60
/** Lines after which the page's memory is full, and time enough to be sure that it is. */
const WARM_UP_LINES = 60_000
/** Runs in the page: notes long tasks and the time between frames, while it is told to. */
const watchFrames = `
  window.tail = { longTasks: [], frames: [], isOn: false }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (window.tail.isOn) window.tail.longTasks.push(entry.duration)
  }).observe({ entryTypes: ['longtask'] })
  let last = null
  const frame = (now) => {
    if (window.tail.isOn && last !== null) window.tail.frames.push(now - last)
    last = window.tail.isOn ? now : null
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
`
/** Collecting garbage for a reading stops the page: not counted. */
const setWatching = (isOn: boolean) => `window.tail.isOn = ${String(isOn)}`
type Seen = { longTasks: number[]; frames: number[] }

type TaskParts = Record<'TaskDuration' | 'ScriptDuration' | 'LayoutDuration' | 'RecalcStyleDuration', number>
async function readTasks(session: CDPSession): Promise<TaskParts> {
  const { metrics } = await session.send('Performance.getMetrics')
  const read = (part: string) => metrics.find(({ name }) => name === part)?.value ?? 0
  return {
    TaskDuration: read('TaskDuration'),
    ScriptDuration: read('ScriptDuration'),
    LayoutDuration: read('LayoutDuration'),
    RecalcStyleDuration: read('RecalcStyleDuration'),
  }
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const gateway = await startTestGateway({ environment: { LOG_LEVEL: 'error' } })
const connections = openConnections(gateway.url, DEVICES)
const agent = new Agent({ keepAlive: true })
const server = await chromium.launchServer({ executablePath, args: chromiumArgs })
const browser = await chromium.connect(server.wsEndpoint())
try {
  const { fleetId, devices } = await makeFleet(gateway, connections, { name: 'Flood', count: DEVICES })
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: gateway.url })
  await context.addCookies([await gateway.cookieAs('admin')])
  const page = await context.newPage()
  await page.goto(`/logs?fleetId=${String(fleetId)}${process.env.VIEW ?? ''}`)
  const status = page.getByTestId('log-status')
  await status.waitFor()
  const streams = devices.map((device) => openLogStream(gateway.url, agent, device))
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  const slower = Number(process.env.SLOWER ?? 1)
  if (slower > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: slower })
  await floodFor(streams, { linesPerSecond: LINES_PER_SECOND, seconds: WARM_UP_LINES / LINES_PER_SECOND })
  await page.waitForFunction(() => document.querySelector('[data-key]') !== null)

  const browserPid = server.process().pid ?? 0
  const heaps = [await heapMb(session)]
  const loads = [load()]
  await page.evaluate(watchFrames)
  const endProfile = process.env.PROFILE === '1' ? await profilePage(page) : null
  const tasksBefore = await readTasks(session)
  const cpu = watchProcesses([
    { name: 'gateway', pid: gateway.process.pid },
    { name: 'browser, all processes', pid: browserPid, withChildren: true },
    { name: 'devices and this bench', pid: process.pid },
  ])
  let sent = 0
  let tookSeconds = 0
  for (let part = 0; part < HEAP_READINGS; part++) {
    await page.evaluate(setWatching(true))
    const flood = await floodFor(streams, {
      linesPerSecond: LINES_PER_SECOND,
      seconds: SECONDS / HEAP_READINGS,
    })
    await page.evaluate(setWatching(false))
    sent += flood.lines
    tookSeconds += flood.tookSeconds
    loads.push(load())
    if (part < HEAP_READINGS - 1) heaps.push(await heapMb(session))
  }
  const endMs = performance.now()
  const used = cpu()
  const tasksAfter = await readTasks(session)
  await page
    .getByText(`request ${String(printedLines())} served`)
    .last()
    .waitFor()
  const behindMs = performance.now() - endMs
  const profile = (await endProfile?.()) ?? []
  const seen = await page.evaluate(() => Reflect.get(window, 'tail') as Seen)
  heaps.push(await heapMb(session))
  const shown = await status.innerText()
  const leftOut = await page.getByRole('note').allInnerTexts()
  for (const stream of streams) stream.end()

  const share = (part: keyof TaskParts) =>
    `${(((tasksAfter[part] - tasksBefore[part]) / tookSeconds) * 100).toFixed(0)} %`
  const dropped = seen.frames.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / FRAME_MS) - 1), 0)
  const longest = Math.max(0, ...seen.longTasks)
  print(
    `\nFollowing ${String(DEVICES)} devices, ${(sent / tookSeconds).toFixed(0)} lines/s for ${tookSeconds.toFixed(0)} s`,
  )
  printTable(
    ['figure', 'value'],
    [
      ['main thread busy', share('TaskDuration')],
      [
        '  script, layout, style',
        `${share('ScriptDuration')}, ${share('LayoutDuration')}, ${share('RecalcStyleDuration')}`,
      ],
      ['frames drawn', String(seen.frames.length)],
      ['frames dropped', String(dropped)],
      ['long tasks (> 50 ms)', String(seen.longTasks.length)],
      ['longest task', `${longest.toFixed(0)} ms`],
      ['heap after collection', `${heaps.map((heap) => heap.toFixed(1)).join(', ')} MB`],
      ['load of the machine', loads.join(', ')],
      ...used.map(({ name, cores }) => [`CPU: ${name}`, `${(cores * 100).toFixed(0)} %`]),
      ['last line shown after', `${behindMs.toFixed(0)} ms`],
      ['the page says', shown],
      ['left out, in sight', leftOut.join(' ') || 'nothing'],
    ],
  )
  if (profile.length > 0)
    printTable(
      ['function', 'own time'],
      profile.slice(0, PROFILED_FUNCTIONS).map(({ name, seconds }) => [name, `${seconds.toFixed(2)} s`]),
    )
  writeResult('log-tail', {
    tookSeconds,
    sent,
    frames: seen.frames.length,
    dropped,
    longTasks: seen.longTasks.length,
    longest,
    behindMs,
    heaps,
    loads,
    used,
  })
} finally {
  await browser.close()
  await server.close()
  agent.destroy()
  connections.close()
  await gateway.process.dispose()
}
