import { expect, type Locator, type Page } from '@playwright/test'

/** What can be asked of one device, and what became of it. */
export class DeviceActions {
  readonly page: Page
  readonly dialog: Locator
  readonly items: Locator
  readonly #rows: Locator

  constructor(page: Page) {
    this.page = page
    this.dialog = page.getByRole('dialog')
    this.items = page.getByRole('menuitem')
    this.#rows = page.getByRole('list', { name: 'Actions, newest first' }).locator('> li')
  }

  async open(uuid: string): Promise<void> {
    await this.page.goto(`/devices/${uuid}/actions`)
  }

  async openMenu(): Promise<void> {
    await this.page.getByRole('button', { name: 'Actions', exact: true }).click()
  }

  async choose(action: string): Promise<void> {
    await this.openMenu()
    await this.items.filter({ hasText: action }).click()
  }

  /** The newest action with this title. */
  row(title: string): Locator {
    return this.#rows.filter({ hasText: title }).first()
  }

  async expectState(title: string, state: string): Promise<void> {
    await expect(this.row(title).getByTestId('action-state')).toHaveText(state)
  }
}
