/** How long after a device's report the open page of its rollout shows the changed count. */
import { chromium, type Page } from '@playwright/test'
import { deviceApiPaths } from '#contract/device-protocol'
import { rolloutPlan } from '#contract/rollout-plan'
import { startTestGateway, type TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs } from '../scripts/find-chromium.ts'
import { makeFleet, openConnections, send, type Connections, type PlainDevice } from './plain-devices.ts'
import { percentile } from './table.ts'
import { openSignedIn } from './signed-in.ts'

export type RolloutDelay = {
  store: string
  /** Reports a second of other devices meanwhile, as they were acknowledged. */
  otherReportsPerSecond: number
  changes: number
  /** From the request to its acknowledgement, which comes after the commit. */
  acknowledgedP50Ms: number
  acknowledgedP95Ms: number
  /** From the request to the frame that shows the new count. */
  shownP50Ms: number
  shownP95Ms: number
}

/** Keeps when the count of updated devices was first drawn with each value, in ms since the epoch. */
const noteCounts = `
  window.shownAt = {}
  const look = () => {
    const words = [...document.querySelectorAll('button')].map((one) => one.textContent ?? '')
    const done = words.find((text) => /of .*updated · /.test(text))
    const count = done === undefined ? undefined : Number(done.split(' of ')[0].replaceAll(/\\D/g, ''))
    if (count === undefined || window.shownAt[count] !== undefined) return
    requestAnimationFrame(() => setTimeout(() => (window.shownAt[count] ??= Date.now())))
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
`

const shownAt = async (page: Page, count: number): Promise<number> => {
  const handle = await page.waitForFunction(
    (wanted) => (Reflect.get(window, 'shownAt') as Record<number, number>)[wanted],
    count,
  )
  return Number(await handle.jsonValue())
}

const report = async (connections: Connections, device: PlainDevice, body: string) => {
  const { status, text } = await send(connections, 'PATCH', deviceApiPaths.reportState, device.key, body)
  if (status !== 200) throw new Error(`A report was answered with ${String(status)}: ${text}`)
}

/** Starts a rollout in which every device is offered the release at once and counts as updated when it runs it. */
async function startRollout({ api }: TestGateway, fleetId: number): Promise<number> {
  const params = { fleetId }
  const composeYaml = 'services:\n  sensor:\n    image: registry.test/sensor:2'
  const release = await api.call('createRelease', { params, body: { semver: '2.0.0', composeYaml } })
  const plan = rolloutPlan.parse({
    phases: [{ name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 0 }],
    maxUpdating: null,
    includesPinned: false,
  })
  const rollout = await api.call('createRollout', { params, body: { releaseId: release.id, plan } })
  return rollout.id
}

/** Others report on at about this rate until stopped; answers how many were acknowledged a second. */
function reportAlong(connections: Connections, devices: readonly PlainDevice[], perSecond: number) {
  const over = new AbortController()
  const isOver = () => over.signal.aborted
  let sent = 0
  const startedMs = performance.now()
  const drive = async (device: PlainDevice, index: number) => {
    for (let turn = 1; !isOver(); turn++) {
      const dueMs = startedMs + ((turn * devices.length + index) / perSecond) * 1000
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
      if (isOver()) return
      await report(connections, device, device.report(turn * devices.length + index))
      sent++
    }
  }
  const driving = perSecond === 0 ? [] : devices.map(drive)
  return async () => {
    over.abort()
    await Promise.all(driving)
    return (sent / (performance.now() - startedMs)) * 1000
  }
}

/** Lets one device after the other arrive on its release, and waits each time for the page to count it. */
export async function measureRolloutDelay(
  executablePath: string,
  options: {
    store: string
    environment: Record<string, string>
    changes: number
    otherReportsPerSecond: number
  },
): Promise<RolloutDelay> {
  const gateway = await startTestGateway({ environment: options.environment })
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  const connections = openConnections(gateway.url, 64)
  try {
    const ours = await makeFleet(gateway, connections, { name: 'Rollout', count: options.changes })
    const others = await makeFleet(gateway, connections, { name: 'Others', count: 64 })
    const rolloutId = await startRollout(gateway, ours.fleetId)
    const context = await openSignedIn(browser, gateway)
    const page = await context.newPage()
    await page.addInitScript({ content: noteCounts })
    await page.goto(`/rollouts/${String(rolloutId)}`)
    await shownAt(page, 0)
    const stop = reportAlong(connections, others.devices, options.otherReportsPerSecond)
    const acknowledged: number[] = []
    const shown: number[] = []
    for (const [index, device] of ours.devices.entries()) {
      const updated = await device.update()
      const sentMs = Date.now()
      await report(connections, device, updated(index))
      acknowledged.push(Date.now() - sentMs)
      shown.push((await shownAt(page, index + 1)) - sentMs)
    }
    const otherReportsPerSecond = await stop()
    const sorted = (values: number[]) => values.sort((a, b) => a - b)
    return {
      store: options.store,
      otherReportsPerSecond,
      changes: shown.length,
      acknowledgedP50Ms: percentile(sorted(acknowledged), 0.5),
      acknowledgedP95Ms: percentile(sorted(acknowledged), 0.95),
      shownP50Ms: percentile(sorted(shown), 0.5),
      shownP95Ms: percentile(sorted(shown), 0.95),
    }
  } finally {
    connections.close()
    await browser.close()
    await gateway.process.dispose()
  }
}
