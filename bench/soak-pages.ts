/** Two pages that stay open for a whole soak and are walked about in, without ever being loaded again. */
import { chromium, type CDPSession, type Page } from '@playwright/test'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { heapMb } from './cpu-use.ts'
import { watchPage } from './page-watch.ts'
import type { Figures } from './soak-recount.ts'
import { countIn, readFleetCards, readFleetPage, readRolloutPage } from './soak-screens.ts'
import { openSignedIn } from './signed-in.ts'

/** On a machine that is this busy a page may take its time. */
const WITHIN_MS = 60_000

type Place = { path: string; isReady: string }
export type PageReading = { name: string; heapMb: number; longTasks: number; longestTaskMs: number }

/** Goes somewhere else within the app, as its links do. */
async function visit(page: Page, { path, isReady }: Place): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, '', to)
    dispatchEvent(new PopStateEvent('popstate', { state: null }))
  }, path)
  await page.locator(isReady).first().waitFor({ timeout: WITHIN_MS })
}

type Visitor = {
  name: string
  home: Place
  page: Page
  session: CDPSession
  watch: Awaited<ReturnType<typeof watchPage>>
}

export class SoakPages {
  readonly #visitors: readonly Visitor[]
  readonly #stops: readonly Place[]
  readonly #close: () => Promise<void>
  /** Places that were not reached in time. */
  missed = 0

  private constructor(visitors: readonly Visitor[], stops: readonly Place[], close: () => Promise<void>) {
    this.#visitors = visitors
    this.#stops = stops
    this.#close = close
  }

  /** Opens a fleet with its wall and a rollout; answers null where this machine has no Chromium. `uuid`: of a device that prints lines. */
  static async open(
    gateway: TestGateway,
    { fleetId, rolloutId, uuid }: { fleetId: number; rolloutId: number; uuid: string },
  ): Promise<SoakPages | null> {
    const executablePath = findChromium()
    if (executablePath === undefined) return null
    const browser = await chromium.launch({ executablePath, args: chromiumArgs })
    try {
      const context = await openSignedIn(browser, gateway)
      const homes = [
        { name: 'fleet page', home: { path: `/fleets/${String(fleetId)}`, isReady: 'main canvas' } },
        {
          name: 'rollout page',
          home: { path: `/rollouts/${String(rolloutId)}`, isReady: 'section[aria-label="Progress"]' },
        },
      ]
      const visitors: Visitor[] = []
      for (const { name, home } of homes) {
        const page = await context.newPage()
        const session = await context.newCDPSession(page)
        await page.goto(home.path)
        await page.locator(home.isReady).first().waitFor({ timeout: WITHIN_MS })
        const watch = await watchPage(page, session)
        await watch.setOn(true)
        visitors.push({ name, home, page, session, watch })
      }
      const stops = [
        { path: `/fleets/${String(fleetId)}/devices`, isReady: 'tbody tr' },
        { path: `/devices/${uuid}/logs`, isReady: '[data-testid="log-status"]' },
        { path: '/fleets', isReady: 'main article' },
        { path: `/devices/${uuid}`, isReady: 'main h1' },
      ]
      return new SoakPages(visitors, stops, () => browser.close())
    } catch (error) {
      await browser.close()
      throw error
    }
  }

  /** Both go to the next place and back; what is not reached in time is counted, and they go on. */
  async walk(turn: number, stayMs: number): Promise<void> {
    const stop = this.#stops[turn % this.#stops.length]
    if (!stop) return
    const go = (place: (visitor: Visitor) => Place) =>
      Promise.all(
        this.#visitors.map((visitor) => visit(visitor.page, place(visitor)).catch(() => this.missed++)),
      )
    await go(() => stop)
    await new Promise((resolve) => setTimeout(resolve, stayMs))
    await go(({ home }) => home)
  }

  async goHome(): Promise<void> {
    for (const { page, home } of this.#visitors) await visit(page, home)
  }

  /** Heap of each page after its garbage is collected, and its long tasks since this was last asked. */
  async read(): Promise<PageReading[]> {
    const readings = []
    for (const { name, session, watch } of this.#visitors) {
      await watch.setOn(false)
      const longTasks = await watch.takeLongTasks()
      readings.push({
        name,
        heapMb: await heapMb(session),
        longTasks: longTasks.length,
        longestTaskMs: Math.max(0, ...longTasks),
      })
      await watch.setOn(true)
    }
    return readings
  }

  /** The numbers on screen, in the names of what the gateway serves: of both pages as they stand open, then of two lists. */
  async readScreens(fleetId: number, rolloutId: number): Promise<Figures> {
    const [fleet, rollout] = this.#visitors
    if (!fleet || !rollout) return new Map()
    const own = `fleet ${String(fleetId)}`
    const shown: Figures = new Map([
      ...(await readFleetPage(fleet.page, own)),
      ...(await readRolloutPage(rollout.page, `rollout ${String(rolloutId)}`)),
    ])
    await visit(fleet.page, { path: `/fleets/${String(fleetId)}/devices`, isReady: 'tbody tr' })
    shown.set(
      `list, ${own}: total`,
      countIn(await fleet.page.locator('main p[role="status"]').first().textContent()),
    )
    await visit(fleet.page, { path: '/fleets', isReady: 'main article' })
    return new Map([...shown, ...(await readFleetCards(fleet.page))])
  }

  close(): Promise<void> {
    return this.#close()
  }
}
