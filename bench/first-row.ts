/** How long the list of devices takes to its first row in a browser that has the page's code already. */
import { chromium, type BrowserContext, type Page } from '@playwright/test'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs } from '../scripts/find-chromium.ts'
import { openSignedIn } from './signed-in.ts'

const FIRST_ROW = 'tbody a[href^="/devices/"]'
/** The frame fetches what is in reach three seconds after it stands; then a page is as it is when people work with it. */
const SETTLED_MS = 5_000
/** From when the pointer comes to a link until it is pressed: the least that people take. */
const AIMING_MS = 100

/** Runs in the page: notes when the first row is in the document and a frame that shows it is drawn, and when a click came. */
const noteFirstRow = `
  document.addEventListener('click', () => { window.clickedMs = performance.now() }, { capture: true, once: true })
  const watch = new MutationObserver(() => {
    if (!document.querySelector(${JSON.stringify(FIRST_ROW)})) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => { window.firstSeenMs = performance.now() }))
  })
  watch.observe(document, { childList: true, subtree: true })
`

/** Milliseconds to the first row, one value a run. */
export type FirstRow = {
  /** `/devices` opened by its address in a new tab, from the start of the navigation. */
  byAddress: number[]
  /** In the open app, from the click on the navigation; the pointer was there a moment before. */
  inApp: number[]
  /** The same, pressed in the very moment in which the pointer arrived. */
  inAppAtOnce: number[]
}

export async function measureFirstRow(
  executablePath: string,
  gateway: TestGateway,
  runs: number,
): Promise<FirstRow> {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  try {
    const context = await openSignedIn(browser, gateway)
    await openByAddress(context)
    const seen: FirstRow = { byAddress: [], inApp: [], inAppAtOnce: [] }
    for (let run = 0; run < runs; run += 1) seen.byAddress.push(await openByAddress(context))
    for (let run = 0; run < runs; run += 1) {
      seen.inApp.push(await goThere(context, AIMING_MS))
      seen.inAppAtOnce.push(await goThere(context, 0))
    }
    return seen
  } finally {
    await browser.close()
  }
}

async function firstSeenMs(page: Page): Promise<number> {
  const seen = await page.waitForFunction(() => Reflect.get(window, 'firstSeenMs') as number | undefined)
  return Number(await seen.jsonValue())
}

async function openByAddress(context: BrowserContext): Promise<number> {
  const page = await context.newPage()
  await page.addInitScript({ content: noteFirstRow })
  await page.goto('/devices')
  const ms = await firstSeenMs(page)
  await page.close()
  return ms
}

async function goThere(context: BrowserContext, aimingMs: number): Promise<number> {
  const page = await context.newPage()
  await page.goto('/fleets')
  await page.getByRole('heading', { level: 2 }).first().waitFor()
  await page.waitForTimeout(SETTLED_MS)
  await page.evaluate(noteFirstRow)
  const link = page.getByRole('navigation').getByRole('link', { name: 'Devices', exact: true })
  if (aimingMs > 0) {
    await link.hover()
    await page.waitForTimeout(aimingMs)
  }
  await link.click()
  const seenMs = await firstSeenMs(page)
  const ms = seenMs - (await page.evaluate(() => Reflect.get(window, 'clickedMs') as number))
  await page.close()
  return ms
}
