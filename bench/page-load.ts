/** What a browser loads for each page, and how long it takes until the first fleet is on screen. */
import { chromium, type Browser, type BrowserContext } from '@playwright/test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs } from '../scripts/find-chromium.ts'

export type RouteLoad = {
  route: string
  /** JavaScript files, their size with gzip, and what travelled (brotli where the browser takes it). */
  scripts: number
  gzipBytes: number
  sentBytes: number
}

/** Runs before the page: notes when the first such element is in the document and a frame that shows it is drawn. */
const noteFirst = (selector: string) => `
  const watch = new MutationObserver(() => {
    if (!document.querySelector(${JSON.stringify(selector)})) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => { window.firstSeenMs = performance.now() }))
  })
  watch.observe(document, { childList: true, subtree: true })
`

const launch = (executablePath: string) => chromium.launch({ executablePath, args: chromiumArgs })

async function openContext(
  browser: Browser,
  gateway: TestGateway,
  isSignedIn: boolean,
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: gateway.url })
  if (isSignedIn) await context.addCookies([await gateway.cookieAs('admin')])
  return context
}

/** First-load JavaScript by route, each in a browser context with an empty cache. */
export async function measureRoutes(
  executablePath: string,
  gateway: TestGateway,
  appFolder: string,
  routes: readonly { route: string; path: string }[],
): Promise<RouteLoad[]> {
  const browser = await launch(executablePath)
  try {
    const loads: RouteLoad[] = []
    for (const { route, path: address } of routes) {
      const context = await openContext(browser, gateway, address !== '/sign-in')
      const page = await context.newPage()
      const scripts = new Map<string, number>()
      page.on('requestfinished', (request) => {
        const { pathname } = new URL(request.url())
        if (!pathname.endsWith('.js')) return
        scripts.set(pathname, 0)
        void request.sizes().then((sizes) => scripts.set(pathname, sizes.responseBodySize))
      })
      await page.goto(address, { waitUntil: 'networkidle' })
      await context.close()
      const gzipBytes = [...scripts.keys()]
        .map((file) => gzipSync(readFileSync(path.join(appFolder, file))).length)
        .reduce((sum, size) => sum + size, 0)
      const sentBytes = [...scripts.values()].reduce((sum, size) => sum + size, 0)
      loads.push({ route, scripts: scripts.size, gzipBytes, sentBytes })
    }
    return loads
  } finally {
    await browser.close()
  }
}

/**
 * Milliseconds from the start of the navigation to the first fleet in the document, one value a run; every run is a
 * browser just started, so nothing is cached.
 */
export async function measureFirstFleet(
  executablePath: string,
  gateway: TestGateway,
  runs: number,
): Promise<number[]> {
  const tookMs: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const browser = await launch(executablePath)
    tookMs.push(await timeTo(await openContext(browser, gateway, true), '/fleets', 'article h2'))
    await browser.close()
  }
  return tookMs
}

/** The same to the first row of the list of devices, in one browser that has the page's code already. */
export async function measureFirstRow(
  executablePath: string,
  gateway: TestGateway,
  runs: number,
): Promise<number[]> {
  const browser = await launch(executablePath)
  try {
    const context = await openContext(browser, gateway, true)
    const toFirstRow = () => timeTo(context, '/devices', 'tbody a[href^="/devices/"]')
    await toFirstRow()
    const tookMs: number[] = []
    for (let run = 0; run < runs; run += 1) tookMs.push(await toFirstRow())
    return tookMs
  } finally {
    await browser.close()
  }
}

async function timeTo(context: BrowserContext, address: string, selector: string): Promise<number> {
  const page = await context.newPage()
  await page.addInitScript({ content: noteFirst(selector) })
  await page.goto(address)
  const seen = await page.waitForFunction(() => Reflect.get(window, 'firstSeenMs') as number | undefined)
  const ms = Number(await seen.jsonValue())
  await page.close()
  return ms
}
