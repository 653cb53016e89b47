/** Limits of health: looked at before they are set, and what they bring about is on the device's page. */
import { expectAccessible } from './fixtures/accessibility.ts'
import { firstReason, makeWellDevice } from './fixtures/sick-device.ts'
import { expect, test } from './fixtures/test.ts'

test.use({ role: 'release-manager' })

test('a limit shows what it would change, is confirmed, and is the rule on the device’s page', async ({
  page,
  gateway,
  switchOn,
}) => {
  const device = await makeWellDevice(gateway, switchOn, { name: 'Warm roof', speed: 30 })
  const isWarm = async () => {
    const { device: shown } = await gateway.api.call('getDevice', { params: { uuid: device.uuid } })
    return (shown.cpuTemperatureC ?? 0) >= 31 && shown.health === 'ok'
  }
  await expect.poll(isWarm).toBe(true)
  await page.goto(`/fleets/${device.fleet.id}/settings`)
  const limits = page.getByRole('region', { name: 'Health limits' })
  await expect(limits).toContainText('The default limits hold.')
  const field = limits.getByRole('group', { name: 'CPU temperature' }).getByLabel(/^Attention from/)
  await field.fill('31')
  const preview = limits.getByRole('region', { name: 'Preview' })
  await expect(preview).toContainText('1 of 1 device would change state')
  await preview.getByText('1 device', { exact: true }).click()
  await expect(
    preview
      .getByRole('listitem')
      .filter({ hasText: /CPU at \d+ °C, limit 31 °C/ })
      .last(),
  ).toBeVisible()
  await expectAccessible(page)
  await limits.getByRole('button', { name: 'Save limits…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Change the health limits?' })
  await expect(dialog).toContainText('CPU temperature, attention from: 80 °C → 31 °C')
  await dialog.getByRole('button', { name: 'Change limits' }).click()
  await expect(limits).toContainText(
    /This fleet has limits of its own\. Last changed by Some release-manager/,
  )

  await device.open(page)
  await expect(firstReason(page).getByRole('heading', { level: 3 })).toHaveText('Hardware: CPU too hot')
  await expect(firstReason(page)).toContainText(/CPU at \d+ °C, limit 31 °C/)
  await firstReason(page).getByRole('link', { name: 'In part limits of this fleet.' }).click()
  await expect(field).toHaveValue('31')

  await limits.getByRole('button', { name: 'Fill in the defaults' }).click()
  await limits.getByRole('button', { name: 'Save limits…' }).click()
  await dialog.getByRole('button', { name: 'Change limits' }).click()
  await expect(limits).toContainText('The default limits hold.')
  await device.open(page)
  await expect(firstReason(page)).toHaveCount(0)
})
