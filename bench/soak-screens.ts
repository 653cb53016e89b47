/** Numbers as a person reads them off the pages, in the names of what the gateway serves (bench/soak-served.ts). */
import type { Page } from '@playwright/test'
import type { Figures } from './soak-recount.ts'

/** The number that a text begins with; NaN: with none. */
export const countIn = (text: string | null) =>
  Number(/^[\d,]+/.exec(text?.trim() ?? '')?.[0].replaceAll(',', '') ?? Number.NaN)

/** Words of the pages that are not those of the gateway. */
const words: Record<string, string> = {
  devices: 'total',
  'never seen': 'never',
  'offline, still owed': 'offline',
  'rolled back': 'rolled-back',
}
const wordOf = (label: string) => words[label.toLowerCase()] ?? label.toLowerCase()

/** The label and the count of a text such as `Downloading 3,348`. */
export function labelledCount(text: string): [label: string, count: number] {
  const [, label = '', count = ''] = /^(.*?\D) ?([\d,]+)$/.exec(text.trim()) ?? []
  return [wordOf(label.trim()), countIn(count)]
}

/** Pairs of a label and a count from what each element's parts say. */
function pairsOf(texts: readonly (readonly string[])[]): [label: string, count: number][] {
  return texts.flatMap((parts) => {
    const count = parts.find((part) => /^[\d,]+$/.test(part))
    const label = parts.find((part) => /^[a-z]/i.test(part))
    return count === undefined || label === undefined ? [] : [[wordOf(label), countIn(count)]]
  })
}

const spansOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .evaluateAll((all) =>
      all.map((one) => [...one.querySelectorAll('span')].map((span) => span.textContent.trim())),
    )

/** The figures above the wall of a fleet. */
export async function readFleetPage(page: Page, fleet: string): Promise<Figures> {
  const pairs = pairsOf(await spansOf(page, '[aria-label="Devices of the fleet"] li'))
  return new Map(pairs.map(([word, count]) => [`${fleet}: devices ${word}`, count]))
}

/** How far a rollout is, and the legend of its lanes. */
export async function readRolloutPage(page: Page, rollout: string): Promise<Figures> {
  const progress = 'section[aria-label="Progress"]'
  const states = await page.locator(`${progress} [aria-label="States"] li`).allTextContents()
  const shown: Figures = new Map(
    states.map((text) => {
      const [word, count] = labelledCount(text)
      return [`${rollout}: ${word}`, count]
    }),
  )
  shown.set(`${rollout}: succeeded`, countIn(await page.locator(`${progress} button`).first().textContent()))
  for (const [index, text] of (
    await page.locator(`${progress} ol > li > span:last-child`).allTextContents()
  ).entries())
    shown.set(`${rollout}, phase ${String(index)}: succeeded`, countIn(text))
  return shown
}

/** The cards of all fleets. */
export async function readFleetCards(page: Page): Promise<Figures> {
  const shown: Figures = new Map()
  for (const card of await page.locator('main article').all()) {
    const address = await card.locator('h2 a').getAttribute('href')
    const name = `fleet ${address?.split('/').at(-1) ?? ''}: devices`
    shown.set(
      `${name} total`,
      countIn((/· ([\d,]+) device/.exec(await card.locator('p').first().innerText()) ?? [])[1] ?? null),
    )
    const links = await card
      .locator('a:has(> span)')
      .evaluateAll((all) =>
        all.map((one) => [...one.querySelectorAll('span')].map((span) => span.textContent.trim())),
      )
    const pairs = pairsOf(links).filter(([word]) => ['online', 'late', 'offline', 'updating'].includes(word))
    for (const [word, count] of pairs) shown.set(`${name} ${word}`, count)
  }
  return shown
}
