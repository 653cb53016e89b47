import { expectAccessible } from './fixtures/accessibility.ts'
import { administrator } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

test.describe('nobody signed in', () => {
  test.use({ role: null })

  test('a page asks for sign-in and comes back to where one wanted to go', async ({ page }) => {
    const signIn = new SignInPage(page)
    await page.goto('/fleets?q=abc')
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    await expectAccessible(page)

    await signIn.signIn({ email: administrator.email, password: 'not the passphrase' })
    await expect(page.getByRole('alert')).toContainText(/e-mail|password/i)
    await expectAccessible(page)

    await signIn.signIn(administrator)
    await expect(page).toHaveURL(/\/fleets\?q=abc$/)
    await new Shell(page).expectConnection('Live')
  })

  test('a setup link that was used makes no second administrator', async ({ page, gateway }) => {
    await page.goto(await gateway.process.setupLink())
    const pages = new SignInPage(page)
    await pages.makeAdministrator({ ...administrator, name: 'Eve', email: 'eve@wheelhouse.test' })
    await expect(page.getByRole('alert')).toBeVisible()
    await expectAccessible(page)
  })
})

test('signing out closes the session, on the gateway too', async ({ page, context, gateway }) => {
  // A session of its own: the one that other stories share stays open.
  const users = await gateway.api.call('listUsers')
  const { url } = await gateway.api.call('createSignInLink', {
    params: { userId: users.users[0]?.id ?? 0 },
  })
  await context.clearCookies()
  await page.goto(url)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Sign in' }).click()
  const shell = new Shell(page)
  await shell.expectConnection('Live')
  const cookies = await context.cookies()

  await shell.chooseFromAccountMenu('Sign out')
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await context.addCookies(cookies)
  await page.goto('/fleets')
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
})

test('the theme is chosen and kept over a reload', async ({ page }) => {
  const shell = new Shell(page)
  await page.goto('/fleets')
  const document = page.locator('html')
  await shell.chooseFromAccountMenu('Dark theme')
  await expect(document).toHaveClass(/dark/)
  await expectAccessible(page)
  await page.reload()
  await expect(document).toHaveClass(/dark/)
  await shell.chooseFromAccountMenu('Light theme')
  await expect(document).not.toHaveClass(/dark/)
})
