import { expect, type Locator, type Page } from '@playwright/test'

/** Live logs, on /logs or in a tab of the device page. */
export class LogPage {
  readonly page: Page
  readonly status: Locator
  readonly lines: Locator

  constructor(page: Page) {
    this.page = page
    this.status = page.getByTestId('log-status')
    this.lines = page.getByTestId('log-lines')
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/logs${query}`)
  }

  async pause(): Promise<void> {
    await this.page.getByRole('button', { name: 'Pause' }).click()
  }

  async follow(): Promise<void> {
    await this.page.getByRole('button', { name: 'Follow', exact: true }).click()
  }

  async search(text: string): Promise<void> {
    await this.page.getByRole('searchbox').fill(text)
    await this.page.keyboard.press('Enter')
  }

  async searchByRegex(pattern: string): Promise<void> {
    const button = this.page.getByRole('button', { name: 'Regular expression' })
    if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click()
    await this.search(pattern)
  }

  /** How many lines the page says it holds. */
  async held(): Promise<number> {
    const text = await this.status.innerText()
    return Number(/([\d,]+) lines?$/.exec(text)?.[1]?.replaceAll(',', '') ?? 0)
  }

  async expectMoreThan(count: number): Promise<void> {
    await expect.poll(() => this.held()).toBeGreaterThan(count)
  }
}
