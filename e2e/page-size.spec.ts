import path from 'node:path'
import type { Page } from '@playwright/test'
import { measurePages } from '../scripts/page-size.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'

const KB = 1000
/** The page that is seen first has less. */
const FIRST_PAGE = { route: 'fleets', scriptBytes: 148 * KB, scripts: 4 }
/** So has what is opened most and must feel the same with any number of devices: it brings no schemas. */
const DEVICES = { route: 'devices', scriptBytes: 171 * KB, scripts: 10 }
const PAGE = { scriptBytes: 227 * KB, scripts: 21 }
const STYLE_BYTES = 12 * KB
/** Of every kind, from the page itself to the fleets, until the first fleet stands there. */
const FIRST_PAGE_REQUESTS = 12

// Not a story: the files that the build just made. What grows beyond its budget is loaded later, or the budget is
// raised on purpose, with its reason in the commit.
test('the first load of every page keeps its budget', () => {
  const pages = measurePages(path.resolve('dist/app'))
  expect(pages.map(({ route }) => route)).toContain(FIRST_PAGE.route)
  for (const { route, scripts, scriptBytes, styleBytes } of pages) {
    const budget = [FIRST_PAGE, DEVICES].find((own) => own.route === route) ?? PAGE
    expect.soft(scriptBytes, `${route}: bytes of JavaScript, gzip`).toBeLessThanOrEqual(budget.scriptBytes)
    expect.soft(scripts, `${route}: JavaScript files`).toBeLessThanOrEqual(budget.scripts)
    expect.soft(styleBytes, `${route}: bytes of CSS, gzip`).toBeLessThanOrEqual(STYLE_BYTES)
  }
})

/** Runs before the page: notes when the first such element is in the document, ms since the start of the navigation. */
const noteFirst = (selector: string) => `
  const watch = new MutationObserver(() => {
    if (!document.querySelector('${selector}')) return
    watch.disconnect()
    window.firstSeenMs = performance.now()
  })
  watch.observe(document, { childList: true, subtree: true })
`

/** Addresses of what was asked for before that element was in the document. */
const askedBefore = (page: Page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry.startTime <= Number(Reflect.get(window, 'firstSeenMs')))
      .map((entry) => new URL(entry.name).pathname),
  )

test('the first fleet stands there after few requests, and none for the schemas of the contract', async ({
  page,
  gateway,
}) => {
  await gateway.api.call('createFleet', { body: { name: 'first-load', deviceType: 'raspberrypi4-64' } })
  await page.addInitScript({ content: noteFirst('article h2') })
  await page.goto('/fleets')
  await page.getByRole('heading', { level: 2, name: 'first-load' }).waitFor()
  const asked = await askedBefore(page)
  // Both calls were asked for with the page itself, and once.
  expect(asked.filter((name) => /^\/api\/v1\/(me|fleets)$/.test(name)).sort()).toEqual([
    '/api/v1/fleets',
    '/api/v1/me',
  ])
  expect(asked.filter((name) => /answer-check|schemas/.test(name))).toEqual([])
  // One more: the page.
  expect(asked.length + 1, asked.join('\n')).toBeLessThanOrEqual(FIRST_PAGE_REQUESTS)
})

test('the list of devices asks for its rows with the page itself, once, and for no schemas', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'first-rows')
  switchOn([{ fleet, count: 1 }])
  await expect
    .poll(async () => (await gateway.api.call('listDevices', { query: { fleetId: fleet.id } })).total)
    .toBe(1)
  await page.addInitScript({ content: noteFirst('tbody a[href^="/devices/"]') })
  await page.goto('/devices')
  await page.getByRole('row').nth(1).getByRole('link').waitFor()
  // What was asked for in time may be answered after the first row.
  await expect
    .poll(async () =>
      (await askedBefore(page)).filter((name) => /^\/api\/v1\/(me|fleets|devices.*)$/.test(name)).sort(),
    )
    .toEqual(['/api/v1/devices', '/api/v1/devices/facets', '/api/v1/fleets', '/api/v1/me'])
  const asked = await askedBefore(page)
  expect(asked.filter((name) => /answer-check|schemas/.test(name))).toEqual([])
})
