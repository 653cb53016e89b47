/** One first load of a page in a browser just started, so that nothing is cached. */
import { chromium, type Cookie } from '@playwright/test'
import { z } from 'zod'
import { chromiumArgs } from '../scripts/find-chromium.ts'

/** A page is quiet when for so long nothing was fetched, no larger content drawn and no long task ended. */
const QUIET_MS = 2_000
const WITHIN_MS = 60_000

const pageLoad = z.object({
  /** When the largest content was drawn, ms since the start of the navigation, and what it is. */
  lcpMs: z.number(),
  lcpText: z.string(),
  /** When the element that was waited for was drawn; null when none was. */
  seenMs: z.number().nullable(),
  /** What tasks took beyond 50 ms each, until the page was quiet. */
  longTaskExcessMs: z.number(),
  /** All requests, the page itself included; `sent` are bytes of the body as they travelled. */
  requests: z.number(),
  scriptBytesSent: z.number(),
  styleBytesSent: z.number(),
  /** Of these, what was asked for before the page was seen: the awaited element, else the largest content. */
  requestsBefore: z.number(),
  scriptBytesSentBefore: z.number(),
})
export type PageLoad = z.output<typeof pageLoad>

/** Runs before the page. `seen`: a selector, or null. */
const notes = (seen: string | null) => `
  const noted = { lcpMs: 0, lcpText: '', seenMs: null, longTaskExcessMs: 0, lastMs: 0 }
  window.noted = noted
  const observe = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true })
  observe('largest-contentful-paint', (entry) => {
    noted.lcpMs = entry.startTime
    noted.lcpText = (entry.element?.textContent ?? entry.url).trim().slice(0, 60)
    noted.lastMs = Math.max(noted.lastMs, entry.startTime)
  })
  observe('longtask', (entry) => {
    noted.longTaskExcessMs += entry.duration - 50
    noted.lastMs = Math.max(noted.lastMs, entry.startTime + entry.duration)
  })
  observe('resource', (entry) => { noted.lastMs = Math.max(noted.lastMs, entry.responseEnd) })
  const seen = ${JSON.stringify(seen)}
  if (seen !== null) {
    const watch = new MutationObserver(() => {
      if (!document.querySelector(seen)) return
      watch.disconnect()
      requestAnimationFrame(() => setTimeout(() => { noted.seenMs = performance.now() }))
    })
    watch.observe(document, { childList: true, subtree: true })
  }
`
/** In the page, as functions: its content security policy allows no evaluated text. */
const isSeen = () => (Reflect.get(window, 'noted') as { seenMs: number | null }).seenMs !== null
const isQuiet = (quietMs: number) => {
  const { lcpMs, lastMs } = Reflect.get(window, 'noted') as { lcpMs: number; lastMs: number }
  return document.readyState === 'complete' && lcpMs > 0 && performance.now() - lastMs > quietMs
}

const summary = `(() => {
  const all = performance.getEntriesByType('resource')
  const isBefore = (entry) => entry.startTime <= (noted.seenMs ?? noted.lcpMs)
  const isScript = ({ name }) => /\\.m?js$/.test(new URL(name).pathname)
  const isStyle = ({ name }) => /\\.css$/.test(new URL(name).pathname)
  const sent = (entries) => entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0)
  return {
    ...noted,
    requests: all.length + 1,
    scriptBytesSent: sent(all.filter(isScript)),
    styleBytesSent: sent(all.filter(isStyle)),
    requestsBefore: all.filter(isBefore).length + 1,
    scriptBytesSentBefore: sent(all.filter(isBefore).filter(isScript)),
  }
})()`

/**
 * Loads `url` with the processor slowed down `slowdown` times and waits until the page is quiet.
 * @param options.seen what is waited for: a CSS selector.
 * @throws Error when it does not become quiet, or what is waited for does not appear, within a minute.
 */
export async function loadPage(
  executablePath: string,
  url: string,
  options: { slowdown: number; cookie?: Cookie; seen?: string },
): Promise<PageLoad> {
  // What a page fetches from elsewhere fails at once, so that the network of this machine does not count.
  const args = [...chromiumArgs, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']
  const browser = await chromium.launch({ executablePath, args })
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    if (options.cookie) await context.addCookies([options.cookie])
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: options.slowdown })
    await page.addInitScript({ content: notes(options.seen ?? null) })
    await page.goto(url, { waitUntil: 'commit' })
    if (options.seen !== undefined) await page.waitForFunction(isSeen, undefined, { timeout: WITHIN_MS })
    await page.waitForFunction(isQuiet, QUIET_MS, { timeout: WITHIN_MS, polling: 250 })
    return pageLoad.parse(await page.evaluate(summary))
  } finally {
    await browser.close()
  }
}
