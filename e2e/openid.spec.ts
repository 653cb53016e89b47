import type { Page } from '@playwright/test'
import { routes } from '#contract/routes'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startOpenIdProvider,
  type OpenIdProvider,
} from '../scripts/openid-provider.ts'
import { expectAccessible } from './fixtures/accessibility.ts'
import { GatewayProcess } from './fixtures/gateway-process.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'

test.use({ role: null })

const NAME = 'Example Corp'
let provider: OpenIdProvider
let gateway: GatewayProcess
test.beforeAll(async () => {
  provider = await startOpenIdProvider()
  provider.people.set('ada', { name: 'Ada Example', email: 'ada@corp.test', groups: ['crew'] })
  provider.people.set('eve', { name: 'Eve Example', email: 'eve@corp.test', groups: ['visitors'] })
  gateway = new GatewayProcess({
    environment: {
      WHEELHOUSE_OIDC_ISSUER: provider.issuer,
      WHEELHOUSE_OIDC_CLIENT_ID: CLIENT_ID,
      WHEELHOUSE_OIDC_CLIENT_SECRET: CLIENT_SECRET,
      WHEELHOUSE_OIDC_SCOPES: 'openid profile email groups',
      WHEELHOUSE_OIDC_NAME: NAME,
      WHEELHOUSE_OIDC_ROLES: 'crew=support',
    },
  })
  await gateway.start()
  provider.admit(gateway.url + routes.finishOpenId.path)
})
test.afterAll(async () => {
  await gateway.dispose()
  await provider.stop()
})
test.beforeEach(async ({ context }) => {
  // The provider's pages ask for a font that is not on this machine.
  await context.route('https://fonts.googleapis.com/**', (route) => route.abort())
})

const leave = (page: Page) => page.getByRole('button', { name: `Sign in with ${NAME}` }).click()
/** What a person does on the provider's own pages. */
async function signInThere(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(login)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('somebody signs in at the provider and comes back to the page they wanted, as who they are there', async ({
  page,
}) => {
  await page.goto(`${gateway.url}/fleets?q=abc`)
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(page.getByLabel('Password')).toBeVisible()
  await expectAccessible(page)
  await leave(page)
  await expect(page.getByPlaceholder('Enter any login')).toBeVisible()
  expect(new URL(page.url()).origin).toBe(provider.issuer)
  await signInThere(page, 'ada')

  await expect(page).toHaveURL(`${gateway.url}/fleets?q=abc`)
  await new Shell(page).expectConnection('Live')
  await page.goto(`${gateway.url}/settings/account`)
  const account = page.getByRole('region', { name: 'Your account' })
  await expect(account).toContainText('Ada Example')
  await expect(account).toContainText('ada@corp.test')
  await expect(account).toContainText('Support')
  await expect(page.getByRole('region', { name: 'Password' })).not.toBeVisible()
  await expectAccessible(page)
})

test('who has no role, calls it off or finds the provider down reads why on the sign-in page', async ({
  page,
}) => {
  await page.goto(`${gateway.url}/devices`)
  await leave(page)
  await signInThere(page, 'eve')
  await expect(page.getByRole('alert')).toContainText(`${NAME} knows you, but`)
  await expect(page).toHaveURL(/\/sign-in\?problem=no-role&next=%2Fdevices$/)
  await expectAccessible(page)

  await page.context().clearCookies()
  await leave(page)
  await page.getByRole('link', { name: 'Cancel' }).click()
  await expect(page.getByRole('alert')).toContainText('called off there')

  await provider.stop()
  await page.setViewportSize({ width: 390, height: 844 })
  await gateway.stop()
  await gateway.start()
  await page.goto(`${gateway.url}/sign-in`)
  await leave(page)
  await expect(page.getByRole('alert')).toContainText('cannot be reached')
  await expect(page.getByLabel('Password')).toBeVisible()
  await expectAccessible(page)
  await provider.start()
})
