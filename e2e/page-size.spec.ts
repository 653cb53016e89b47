import { expect, test } from '@playwright/test'
import path from 'node:path'
import { measurePages } from '../scripts/page-size.ts'

const KB = 1000
/** The page that is seen first has less; the aim is 150 KB. */
const FIRST_PAGE = { route: 'fleets', scriptBytes: 190 * KB, scripts: 16 }
const PAGE = { scriptBytes: 235 * KB, scripts: 26 }
const STYLE_BYTES = 15 * KB

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
