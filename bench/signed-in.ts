import type { Browser, BrowserContext } from '@playwright/test'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'

/** A window of 1,440 by 900 pixels in which an administrator of the gateway is signed in. */
export async function openSignedIn(browser: Browser, gateway: TestGateway): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: gateway.url })
  await context.addCookies([await gateway.cookieAs('admin')])
  return context
}
