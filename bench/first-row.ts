/** How long the list of devices takes to its first row in a browser that has the page's code already. */
import { chromium, type BrowserContext } from '@playwright/test'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs } from '../scripts/find-chromium.ts'

/** Runs before the page: notes when the first such element is in the document and a frame that shows it is drawn. */
const noteFirst = (selector: string) => `
  const watch = new MutationObserver(() => {
    if (!document.querySelector(${JSON.stringify(selector)})) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => { window.firstSeenMs = performance.now() }))
  })
  watch.observe(document, { childList: true, subtree: true })
`

/** Milliseconds from the start of the navigation to the first row of the list of devices, one value a run. */
export async function measureFirstRow(
  executablePath: string,
  gateway: TestGateway,
  runs: number,
): Promise<number[]> {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs })
  try {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      baseURL: gateway.url,
    })
    await context.addCookies([await gateway.cookieAs('admin')])
    await timeToFirstRow(context)
    const tookMs: number[] = []
    for (let run = 0; run < runs; run += 1) tookMs.push(await timeToFirstRow(context))
    return tookMs
  } finally {
    await browser.close()
  }
}

async function timeToFirstRow(context: BrowserContext): Promise<number> {
  const page = await context.newPage()
  await page.addInitScript({ content: noteFirst('tbody a[href^="/devices/"]') })
  await page.goto('/devices')
  const seen = await page.waitForFunction(() => Reflect.get(window, 'firstSeenMs') as number | undefined)
  const ms = Number(await seen.jsonValue())
  await page.close()
  return ms
}
