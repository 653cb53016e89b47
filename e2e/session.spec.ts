import { TOTP } from 'otpauth'
import { expectAccessible } from './fixtures/accessibility.ts'
import { GatewayProcess } from './fixtures/gateway-process.ts'
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

test.describe('a second step', () => {
  test.use({ role: null })

  test('codes are switched on, asked for at the next sign-in, and a recovery code opens once', async ({
    page,
    gateway,
  }) => {
    const own = { name: 'Cora Codes', email: 'cora@wheelhouse.test', password: 'a passphrase of Cora' }
    await gateway.createUser(own, 'viewer')
    const signIn = new SignInPage(page)
    const shell = new Shell(page)
    await page.goto('/settings/account')
    await signIn.signIn(own)
    const panel = page.getByRole('region', { name: 'Second step' })
    await panel.getByRole('button', { name: 'Switch on' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Password').fill(own.password)
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible()
    await expectAccessible(page)
    const secret = await dialog.getByLabel('Or by hand', { exact: true }).innerText()
    // A step ahead of the one before, so that nobody waits half a minute for the next code.
    const codeIn = (steps: number) =>
      new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 })
    await dialog.getByLabel('Code that the app shows').fill(codeIn(0))
    await dialog.getByRole('button', { name: 'Switch on' }).click()
    const recoveryCode = await dialog.getByRole('listitem').first().innerText()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'I have kept them' }).click()
    await expect(panel).toContainText('10 recovery codes left')
    await expectAccessible(page)

    await shell.chooseFromAccountMenu('Sign out')
    await signIn.signIn(own)
    await expect(page.getByLabel('Code')).toBeFocused()
    await expectAccessible(page)
    await page.getByLabel('Code').fill(codeIn(1))
    await page.keyboard.press('Enter')
    await shell.expectConnection('Live')

    const withRecoveryCode = async () => {
      await shell.chooseFromAccountMenu('Sign out')
      await signIn.signIn(own)
      await page.getByLabel('Code').fill(recoveryCode)
      await page.keyboard.press('Enter')
    }
    await withRecoveryCode()
    await shell.expectConnection('Live')
    await withRecoveryCode()
    await expect(page.getByRole('alert')).toContainText('was used already')
  })
})

test.describe('where everybody has to have a second step', () => {
  test.use({ role: null })

  test('the first administrator sets theirs up before anything else is seen', async ({ page }) => {
    const gateway = new GatewayProcess({ environment: { WHEELHOUSE_REQUIRE_SECOND_STEP: 'true' } })
    await gateway.start()
    try {
      await page.goto(await gateway.setupLink())
      await new SignInPage(page).makeAdministrator(administrator)
      await expect(page.getByRole('heading', { name: 'Add a second step' })).toBeVisible()
      await page.goto(`${gateway.url}/settings/users`)
      await expect(page).toHaveURL(/\/second-step\?next=%2Fsettings%2Fusers$/)
      await expectAccessible(page)
      await page.getByRole('button', { name: 'Set it up' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Password').fill(administrator.password)
      await dialog.getByRole('button', { name: 'Continue' }).click()
      const secret = await dialog.getByLabel('Or by hand', { exact: true }).innerText()
      await dialog.getByLabel('Code that the app shows').fill(new TOTP({ secret }).generate())
      await dialog.getByRole('button', { name: 'Switch on' }).click()
      await expect(dialog.getByRole('listitem')).toHaveCount(10)
      await expectAccessible(page)
      await dialog.getByRole('button', { name: 'I have kept them' }).click()
      await expect(page).toHaveURL(/\/settings\/users$/)
      await new Shell(page).expectConnection('Live')
      await expect(page.getByText(administrator.email)).toBeVisible()
      await page.goto(`${gateway.url}/settings/account`)
      const panel = page.getByRole('region', { name: 'Second step' })
      await expect(panel).toContainText('as it does for everybody here')
      await expect(panel.getByRole('button', { name: 'Switch off' })).toHaveCount(0)
      await expectAccessible(page)
    } finally {
      await gateway.dispose()
    }
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
