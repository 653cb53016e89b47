import { expectAccessible } from './fixtures/accessibility.ts'
import { expect, test } from './fixtures/test.ts'
import { expectNothingTooWide } from './fixtures/too-wide.ts'
import { Shell } from './pages/shell.ts'
import { SourcePage } from './pages/source-page.ts'

test('a gateway that devices talk to says so, can do everything, and how it would show an openBalena', async ({
  page,
  context,
}) => {
  const source = new SourcePage(page)
  const shell = new Shell(page)
  await page.goto('/settings/account')
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Fleet source' }).click()
  await expect(page).toHaveURL(/\/settings\/source$/)
  await expect(source.where).toContainText('Devices talk to this gateway itself')
  await expect(source.ability('Rotate and revoke the keys of devices')).toContainText('Can')
  await expect(source.abilities.getByText('Cannot', { exact: true })).toHaveCount(0)
  // Nothing is read, so there is nothing to test and nothing has an age.
  await expect(source.connection).toHaveCount(0)
  await expect(source.reading).toHaveCount(0)
  await shell.expectConnection('Live')
  await expect(source.age).toHaveCount(0)

  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await source.elsewhere.getByRole('button', { name: 'Copy the settings' }).click()
  await expect(source.elsewhere.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^WHEELHOUSE_SOURCE=balena\nBALENA_API_URL=.+\nBALENA_API_TOKEN=/,
  )
  await expect(source.elsewhere).toContainText('docs/openbalena.md')

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await expectNothingTooWide(page)
      await expectAccessible(page)
    }
})

test.describe('as a viewer', () => {
  test.use({ role: 'viewer' })
  test('where fleets come from is no secret', async ({ page }) => {
    const source = new SourcePage(page)
    await source.open()
    await expect(source.where).toContainText('this gateway')
    await expectAccessible(page)
  })
})
