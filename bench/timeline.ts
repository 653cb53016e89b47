/**
 * `npm run bench:timeline`: the timeline of a device with 30 days and 50,000 events on the embedded database: how long the
 * gateway takes and how many bytes it answers, how long the page takes to draw it and to zoom. BENCH_EVENTS makes it
 * another size.
 */
import { chromium, type Page } from '@playwright/test'
import { startTestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { load } from './cpu-use.ts'
import { makeFleet, openConnections } from './plain-devices.ts'
import { writeResult } from './results.ts'
import { aside, quiet } from './stores.ts'
import { percentile, print, printTable } from './table.ts'
import { openSignedIn } from './signed-in.ts'

const EVENTS = Number(process.env.BENCH_EVENTS ?? 50_000)
const DAYS = 30
const DAY_MS = 86_400_000
const RUNS = 20
const ZOOMS = 10

/**
 * A device that never rests: it comes and goes, three services crash, updates come, it reboots, variables and health
 * change. Spread evenly over the time, each kind by its own remainder of the number.
 */
const insertEvents = (uuid: string, toMs: number) => `
  insert into device_event (at, device_id, fleet_id, kind, severity, summary, actor, data)
  select to_timestamp(${String(toMs / 1000)}) - (${String(EVENTS)} - n) * interval '${String((DAYS * 86_400) / EVENTS)} seconds',
    d.id, d.fleet_id, kind, 'info', kind || ' ' || n, case when kind = 'variable' then 'Ada Admin' end,
    case kind
      when 'connectivity' then jsonb_build_object('to', (array['online', 'offline', 'online', 'partial'])[n / 10 % 4 + 1])
      when 'service' then jsonb_build_object('service', (array['sensor', 'uplink', 'display'])[n % 3 + 1], 'times', n % 3 + 1, 'exitCode', n % 4)
      when 'health' then jsonb_build_object('code', (array['cpu-hot', 'memory-pressure'])[n % 2 + 1], 'change', (array['began', 'ended'])[n / 10 % 2 + 1])
      when 'update' then jsonb_build_object('step', (array['downloading', 'downloaded', 'applying', 'done'])[n / 10 % 4 + 1], 'semver', '1.' || n / 1000 || '.0', 'bytes', n * 100, 'fullBytes', n * 1000)
      when 'reboot' then jsonb_build_object('reason', (array['watchdog', 'power', 'requested'])[n / 10 % 3 + 1])
      else '{}'::jsonb end
  from device d, generate_series(1, ${String(EVENTS)}) n,
    lateral (select (array['connectivity', 'service', 'service', 'service', 'service', 'service', 'health', 'update', 'reboot', 'variable'])[n % 10 + 1] as kind) k
  where d.uuid = '${uuid}'`

/** Runs in the page: ms from now until the frame after `isDone` holds was drawn. */
const untilDrawn = (isDone: string, begin = '') => `new Promise((resolve) => {
  const startMs = performance.now()
  ${begin}
  const look = () => {
    if (${isDone}) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startMs)))
    else requestAnimationFrame(look)
  }
  look()
})`

/** A turn of the wheel over the axis, and how long until the lanes stand at the new place. */
async function measureZoom(page: Page, deltaY: number): Promise<number> {
  const before = `document.querySelector('[data-axis]').innerHTML`
  return page.evaluate<number>(
    untilDrawn(
      `${before} !== old`,
      `const old = ${before}
      const axis = document.querySelector('[data-axis]')
      const { left, width, top } = axis.getBoundingClientRect()
      axis.dispatchEvent(new WheelEvent('wheel', { deltaY: ${String(deltaY)}, clientX: left + width / 2, clientY: top + 5, bubbles: true, cancelable: true }))`,
    ),
  )
}

const executablePath = findChromium()
if (executablePath === undefined) throw new Error('This machine has no Chromium')
const gateway = await startTestGateway({ environment: quiet })
const connections = openConnections(gateway.url, 1)
const browser = await chromium.launch({ executablePath, args: chromiumArgs })
try {
  const { devices } = await makeFleet(gateway, connections, { name: 'Looked back at', count: 1 })
  const uuid = devices[0]?.uuid ?? ''
  const toMs = Math.floor(Date.now() / 1000) * 1000
  await aside(gateway, null, async (raw) => {
    await raw.query(`update device set created_at = now() - interval '40 days' where uuid = '${uuid}'`)
    await raw.query(insertEvents(uuid, toMs))
  })

  const cookie = await gateway.cookieAs('admin')
  const rows: string[][] = []
  const figures: Record<string, unknown> = {}
  for (const [name, days] of [
    ['30 days', 30],
    ['7 days', 7],
    ['24 hours', 1],
  ] as const) {
    const query = new URLSearchParams({
      from: new Date(toMs - days * DAY_MS).toISOString(),
      to: new Date(toMs).toISOString(),
    })
    const tookMs: number[] = []
    let bytes = 0
    let marks = 0
    for (let run = 0; run < RUNS; run++) {
      const startMs = performance.now()
      const answer = await fetch(`${gateway.url}/api/v1/devices/${uuid}/timeline?${query.toString()}`, {
        headers: { cookie: `${cookie.name}=${cookie.value}`, 'accept-encoding': 'identity' },
      })
      const text = await answer.text()
      tookMs.push(performance.now() - startMs)
      if (answer.status !== 200) throw new Error(`The timeline was refused: ${text}`)
      bytes = Buffer.byteLength(text)
      marks = (text.match(/"isOpenStart"/g) ?? []).length
    }
    const sorted = tookMs.sort((a, b) => a - b)
    const [p50, p95] = [percentile(sorted, 0.5), percentile(sorted, 0.95)]
    rows.push([
      name,
      `${p50.toFixed(0)} ms`,
      `${p95.toFixed(0)} ms`,
      `${(bytes / 1000).toFixed(0)} kB`,
      String(marks),
    ])
    figures[name] = { p50, p95, bytes, marks }
  }
  print(`\nA device with ${EVENTS.toLocaleString('en')} events in ${String(DAYS)} days, load ${load()}`)
  printTable(['range', 'p50', 'p95', 'answer', 'marks'], rows)

  const context = await openSignedIn(browser, gateway)
  const page = await context.newPage()
  await page.goto('/fleets')
  await page.getByRole('heading', { level: 1 }).waitFor()
  const startMs = performance.now()
  await page.goto(`/devices/${uuid}/timeline?range=30d`)
  const lanesAre = `document.querySelectorAll('[data-testid="timeline-lane"] a').length > 0`
  await page.evaluate(untilDrawn(lanesAre))
  const drawnMs = performance.now() - startMs
  const links = await page.locator('[data-testid="timeline-lane"] a').count()
  const zoomMs: number[] = []
  for (let zoom = 0; zoom < ZOOMS; zoom++) zoomMs.push(await measureZoom(page, zoom % 2 === 0 ? -200 : 200))
  const sorted = zoomMs.sort((a, b) => a - b)
  printTable(
    ['in the page', 'value'],
    [
      ['from the address to the lanes drawn', `${drawnMs.toFixed(0)} ms`],
      ['marks drawn', String(links)],
      ['a turn of the wheel to its frame, p50', `${percentile(sorted, 0.5).toFixed(0)} ms`],
      ['  the longest', `${(sorted.at(-1) ?? 0).toFixed(0)} ms`],
      ['load of the machine', load()],
    ],
  )
  writeResult('timeline', { events: EVENTS, gateway: figures, drawnMs, links, zoomMs: sorted, load: load() })
} finally {
  await browser.close()
  connections.close()
  await gateway.process.dispose()
}
