import { expect, type Locator, type Page } from '@playwright/test'

type Connection = 'Connecting' | 'Live' | 'Reconnecting' | 'Stale'

/** The frame of every page after sign-in. */
export class Shell {
  readonly page: Page
  readonly connection: Locator
  readonly navigation: Locator
  readonly palette: Locator
  readonly toasts: Locator

  constructor(page: Page) {
    this.page = page
    this.connection = page.getByTestId('connection')
    this.navigation = page.getByRole('navigation', { name: 'Main' })
    this.palette = page.getByRole('dialog', { name: 'Find anything' })
    this.toasts = page.getByRole('region', { name: /Notifications/ })
  }

  async expectConnection(connection: Connection): Promise<void> {
    await expect(this.connection).toHaveText(new RegExp(`^${connection}`))
  }

  async goTo(label: string): Promise<void> {
    await this.navigation.getByRole('link', { name: label }).click()
  }

  async openPalette(): Promise<void> {
    // Chromium drops keys that are pressed before a page was painted first; what stands in the page may be read sooner.
    await this.page.waitForFunction(
      () => performance.getEntriesByName('first-contentful-paint', 'paint').length > 0,
    )
    await this.page.keyboard.press('Control+k')
    await expect(this.palette).toBeVisible()
  }

  /** Ctrl-K, types, and takes the first thing found. */
  async find(text: string): Promise<void> {
    await this.openPalette()
    await this.palette.getByRole('combobox').fill(text)
    await expect(this.palette.getByRole('option', { name: text }).first()).toBeVisible()
    await this.page.keyboard.press('Enter')
  }

  async chooseFromAccountMenu(item: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Account and theme' }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }
}
