import { expect, type Locator, type Page } from '@playwright/test'

type Step =
  'Address' | 'Certificate' | 'Token' | 'Reading' | 'Setting what devices run' | 'Log lines' | 'Actions'

/** /settings/source: where fleets come from; and in the frame of every page, how old what was read is. */
export class SourcePage {
  readonly page: Page
  readonly where: Locator
  readonly reading: Locator
  readonly connection: Locator
  readonly abilities: Locator
  /** How to show an openBalena, where devices talk to the gateway itself. */
  readonly elsewhere: Locator
  /** In the frame; absent where nothing is read from elsewhere. */
  readonly age: Locator

  constructor(page: Page) {
    this.page = page
    this.where = page.getByRole('region', { name: 'Where fleets come from' })
    this.reading = page.getByRole('region', { name: 'Reading' })
    this.connection = page.getByRole('region', { name: 'Connection' })
    this.abilities = page.getByRole('region', { name: 'What can be done from here' })
    this.elsewhere = page.getByRole('region', { name: 'Show the fleets of an openBalena' })
    this.age = page.getByTestId('source-age')
  }

  async open(): Promise<void> {
    await this.page.goto('/settings/source')
    await expect(this.where).toBeVisible()
  }

  /** Asks for a test and waits for what it found. */
  async test(): Promise<void> {
    await this.connection.getByRole('button', { name: 'Test the connection' }).click()
    await expect(this.connection.getByRole('status')).toHaveText(/^The connection (works|does not work)\.$/)
  }

  step(name: Step): Locator {
    return this.connection.getByRole('listitem').filter({ hasText: name })
  }

  /** An ability by its words, with whether it is there and why not. */
  ability(words: string): Locator {
    return this.abilities.getByRole('listitem').filter({ hasText: words })
  }
}
