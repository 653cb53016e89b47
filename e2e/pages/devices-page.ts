import { expect, type Locator, type Page } from '@playwright/test'

/** The list of devices, on its own page or as a tab of a fleet. */
export class DevicesPage {
  readonly page: Page
  readonly rows: Locator
  readonly search: Locator
  readonly selected: Locator

  constructor(page: Page) {
    this.page = page
    this.rows = page.locator('[data-row-link]')
    this.search = page.getByRole('searchbox', { name: 'Search devices' })
    this.selected = page.getByRole('group', { name: 'Selected devices' })
  }

  async open(query = ''): Promise<void> {
    await this.page.goto(`/devices${query}`)
  }

  row(name: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name, exact: true }) })
  }

  async expectCount(text: string): Promise<void> {
    await expect(this.page.getByRole('status').filter({ hasText: new RegExp(`^${text}$`) })).toBeVisible()
  }

  /** Names in the order shown. */
  names(): Promise<string[]> {
    return this.rows.allInnerTexts()
  }

  async filterBy(filter: string, value: RegExp): Promise<void> {
    await this.page.getByRole('button', { name: filter }).click()
    const menu = this.page.getByRole('dialog', { name: `Filter by ${filter.toLowerCase()}` })
    await menu.getByRole('checkbox', { name: value }).click()
    await this.page.keyboard.press('Escape')
  }

  async sortBy(column: string): Promise<void> {
    await this.page.getByRole('columnheader', { name: column }).getByRole('button').click()
  }

  async select(name: string): Promise<void> {
    await this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).click()
  }

  async chooseAction(action: string): Promise<void> {
    await this.selected.getByRole('button', { name: 'Actions' }).click()
    await this.page.getByRole('menuitem', { name: action }).click()
  }
}
