/**
 * `npm run bench:log-tail`: the log page follows 20 devices that print 5,000 lines a second between them for a minute,
 * after it holds as many lines as it ever does; how busy it is, which frames it misses, what its heap does, how far behind
 * it is at the end, and who used the processor. `SECONDS=12` makes it shorter, `SLOWER=20` slows the page down as many
 * times, `VIEW='&wrap=true'` sets what is shown, `PROFILE=1` prints where the page's script spends its time.
 */
import { chromium } from '@playwright/test'
import { Agent } from 'node:http'
import { startTestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { heapMb, load, profilePage, watchProcesses } from './cpu-use.ts'
import { floodFor, openLogStream, printedLines } from './log-flood.ts'
import { watchPage, type TaskParts } from './page-watch.ts'
import { makeFleet, openConnections } from './plain-devices.ts'
import { writeResult } from './results.ts'
import { print, printTable } from './table.ts'
import { openSignedIn } from './signed-in.ts'

const DEVICES = 20
const LINES_PER_SECOND = 5_000
const SECONDS = Number(process.env.SECONDS ?? 60)
const HEAP_READINGS = 6
const PROFILED_FUNCTIONS = 25
/** Lines after which the page's memory is full, and time enough to be sure that it is. */
const WARM_UP_LINES = 60_000

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const gateway = await startTestGateway({ environment: { LOG_LEVEL: 'error' } })
const connections = openConnections(gateway.url, DEVICES)
const agent = new Agent({ keepAlive: true })
const server = await chromium.launchServer({ executablePath, args: chromiumArgs })
const browser = await chromium.connect(server.wsEndpoint())
try {
  const { fleetId, devices } = await makeFleet(gateway, connections, { name: 'Flood', count: DEVICES })
  const context = await openSignedIn(browser, gateway)
  const page = await context.newPage()
  await page.goto(`/logs?fleetId=${String(fleetId)}${process.env.VIEW ?? ''}`)
  const status = page.getByTestId('log-status')
  await status.waitFor()
  const streams = devices.map((device) => openLogStream(gateway.url, agent, device))
  const session = await context.newCDPSession(page)
  const slower = Number(process.env.SLOWER ?? 1)
  if (slower > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: slower })
  await floodFor(streams, { linesPerSecond: LINES_PER_SECOND, seconds: WARM_UP_LINES / LINES_PER_SECOND })
  await page.waitForFunction(() => document.querySelector('[data-key]') !== null)

  const browserPid = server.process().pid ?? 0
  const heaps = [await heapMb(session)]
  const loads = [load()]
  const endProfile = process.env.PROFILE === '1' ? await profilePage(page) : null
  const watch = await watchPage(page, session)
  const cpu = watchProcesses([
    { name: 'gateway', pid: gateway.process.pid },
    { name: 'browser, all processes', pid: browserPid, withChildren: true },
    { name: 'devices and this bench', pid: process.pid },
  ])
  let sent = 0
  let tookSeconds = 0
  for (let part = 0; part < HEAP_READINGS; part++) {
    await watch.setOn(true)
    const flood = await floodFor(streams, {
      linesPerSecond: LINES_PER_SECOND,
      seconds: SECONDS / HEAP_READINGS,
    })
    await watch.setOn(false)
    sent += flood.lines
    tookSeconds += flood.tookSeconds
    loads.push(load())
    if (part < HEAP_READINGS - 1) heaps.push(await heapMb(session))
  }
  const endMs = performance.now()
  const used = cpu()
  const seen = await watch.end()
  await page
    .getByText(`request ${String(printedLines())} served`)
    .last()
    .waitFor()
  const behindMs = performance.now() - endMs
  const profile = (await endProfile?.()) ?? []
  heaps.push(await heapMb(session))
  const shown = await status.innerText()
  const leftOut = await page.getByRole('note').allInnerTexts()
  for (const stream of streams) stream.end()

  const share = (part: keyof TaskParts) => `${((seen.tasks[part] / tookSeconds) * 100).toFixed(0)} %`
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
      ['frames drawn', String(seen.frames)],
      ['frames dropped', String(seen.dropped)],
      ['long tasks (> 50 ms)', String(seen.longTasks)],
      ['longest task', `${seen.longestTaskMs.toFixed(0)} ms`],
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
    ...seen,
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
