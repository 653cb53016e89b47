import type { Page } from '@playwright/test'

type Account = { email: string; password: string }

/** The pages before sign-in. */
export class SignInPage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  async open(): Promise<void> {
    await this.page.goto('/sign-in')
  }

  async signIn({ email, password }: Account): Promise<void> {
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  /** Fills in the form behind the one-time link that the terminal shows. */
  async makeAdministrator({ name, email, password }: Account & { name: string }): Promise<void> {
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('button', { name: 'Make the administrator' }).click()
  }
}
