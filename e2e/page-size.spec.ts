import path from 'node:path'
import { measurePages } from '../scripts/page-size.ts'
import { expect, test } from './fixtures/test.ts'

const KB = 1000
/** The page that is seen first has less. */
const FIRST_PAGE = { route: 'fleets', scriptBytes: 147 * KB, scripts: 4 }
const PAGE = { scriptBytes: 229 * KB, scripts: 20 }
const STYLE_BYTES = 12 * KB
/** Of every kind, from the page itself to the fleets, until the first fleet stands there. */
const FIRST_PAGE_REQUESTS = 12

// Not a story: the files that the build just made. What grows beyond its budget is loaded later, or the budget is
// raised on purpose, with its reason in the commit.
test('the first load of every page keeps its budget', () => {
  const pages = measurePages(path.resolve('dist/app'))
  expect(pages.map(({ route }) => route)).toContain(FIRST_PAGE.route)
  for (const { route, scripts, scriptBytes, styleBytes } of pages) {
    const budget = route === FIRST_PAGE.route ? FIRST_PAGE : PAGE
    expect.soft(scriptBytes, `${route}: bytes of JavaScript, gzip`).toBeLessThanOrEqual(budget.scriptBytes)
    expect.soft(scripts, `${route}: JavaScript files`).toBeLessThanOrEqual(budget.scripts)
    expect.soft(styleBytes, `${route}: bytes of CSS, gzip`).toBeLessThanOrEqual(STYLE_BYTES)
  }
})

/** Runs before the page: notes when the first fleet is in the document, ms since the start of the navigation. */
const noteFirstFleet = `
  const watch = new MutationObserver(() => {
    if (!document.querySelector('article h2')) return
    watch.disconnect()
    window.firstFleetMs = performance.now()
  })
  watch.observe(document, { childList: true, subtree: true })
`

test('the first fleet stands there after few requests, and none for the schemas of the contract', async ({
  page,
  gateway,
}) => {
  await gateway.api.call('createFleet', { body: { name: 'first-load', deviceType: 'raspberrypi4-64' } })
  await page.addInitScript({ content: noteFirstFleet })
  await page.goto('/fleets')
  await page.getByRole('heading', { level: 2, name: 'first-load' }).waitFor()
  const asked = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry.startTime <= Number(Reflect.get(window, 'firstFleetMs')))
      .map((entry) => new URL(entry.name).pathname),
  )
  // Both calls were asked for with the page itself, and once.
  expect(asked.filter((name) => /^\/api\/v1\/(me|fleets)$/.test(name)).sort()).toEqual([
    '/api/v1/fleets',
    '/api/v1/me',
  ])
  expect(asked.filter((name) => /answer-check|schemas/.test(name))).toEqual([])
  // One more: the page.
  expect(asked.length + 1, asked.join('\n')).toBeLessThanOrEqual(FIRST_PAGE_REQUESTS)
})
