import { expect, type Locator, type Page } from '@playwright/test'

type PhaseWord = 'Not open yet' | 'Open' | 'Waits for approval' | 'Passed'
type RolloutWord = 'Running' | 'Paused' | 'Completed' | 'Aborted' | 'Rolling back' | 'Rolled back'

/** The page of one rollout. */
export class RolloutPage {
  readonly page: Page
  readonly lanes: Locator
  readonly gate: Locator
  readonly timeline: Locator
  readonly failures: Locator
  /** Why the rollout stopped by itself. */
  readonly halt: Locator

  constructor(page: Page) {
    this.page = page
    this.lanes = this.panel('Progress').getByRole('list').first().getByRole('listitem')
    this.gate = page.getByRole('table', { name: 'Criteria of the gate' })
    this.timeline = this.panel('Timeline')
    this.failures = this.panel('Failures by reason')
    this.halt = page.getByRole('status').filter({ hasText: /^The rollout (pauses|goes back)/ })
  }

  panel(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  async open(rolloutId: number): Promise<void> {
    await this.page.goto(`/rollouts/${rolloutId}`)
    await expect(this.page.getByTestId('connection')).toHaveText('Live')
    await this.mark()
  }

  /** Leaves a mark in the document, which a page that is loaded again loses. */
  async mark(): Promise<void> {
    await this.page.evaluate(() => Reflect.set(window, 'isSameDocument', true))
  }

  /** Everything seen so far came by itself: the page was not loaded again. */
  async expectNotReloaded(): Promise<void> {
    expect(await this.page.evaluate(() => Reflect.get(window, 'isSameDocument') === true)).toBe(true)
  }

  async expectState(word: RolloutWord, timeout = 60_000): Promise<void> {
    await expect(this.page.locator('header div:has(> h1)').getByText(word, { exact: true })).toBeVisible({
      timeout,
    })
  }

  lane(name: string): Locator {
    return this.lanes.filter({ has: this.page.getByText(name, { exact: true }) })
  }

  async expectLane(name: string, word: PhaseWord): Promise<void> {
    await expect(this.lane(name).getByText(word, { exact: true })).toBeVisible({ timeout: 60_000 })
  }

  /** One of the figures above the lanes, such as `waiting`. */
  figure(label: string): Locator {
    return this.panel('Progress').getByRole('button', { name: new RegExp(`^[\\d,]+ ?${label}`) })
  }

  /** A state in the legend of the lanes; it is there while a device is in that state. */
  legend(state: string): Locator {
    return this.panel('Progress').getByRole('list', { name: 'States' }).getByText(state)
  }

  verb(label: string): Locator {
    return this.page.getByRole('button', { name: label })
  }

  criterion(text: string | RegExp): Locator {
    return this.gate.getByRole('row').filter({ hasText: text })
  }
}
