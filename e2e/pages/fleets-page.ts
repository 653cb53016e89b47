import type { Locator, Page } from '@playwright/test'

/** /fleets: every fleet as a card, most trouble first. */
export class FleetsPage {
  readonly page: Page
  readonly cards: Locator

  constructor(page: Page) {
    this.page = page
    this.cards = page.getByRole('article')
  }

  async open(): Promise<void> {
    await this.page.goto('/fleets')
  }

  card(name: string): Locator {
    return this.page.getByRole('article', { name, exact: true })
  }

  async create(name: string, deviceType: string): Promise<void> {
    await this.page.getByRole('button', { name: 'New fleet' }).first().click()
    const dialog = this.page.getByRole('dialog', { name: 'New fleet' })
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByLabel('Default device type').selectOption({ label: deviceType })
    await dialog.getByRole('button', { name: 'Create fleet' }).click()
  }
}
