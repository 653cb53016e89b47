import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'

test('the palette goes anywhere by keyboard: a page, a fleet, a device', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Reached by name')
  const virtual = switchOn([{ fleet, count: 1 }])
  const shell = new Shell(page)
  await page.goto('/fleets')
  await expect(page.getByRole('article', { name: fleet.name })).toContainText('1 device')
  await shell.openPalette()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(shell.palette).toBeHidden()

  await shell.find(fleet.name)
  await expect(page).toHaveURL(new RegExp(`/fleets/${fleet.id}$`))
  await shell.find('Rollouts')
  await expect(page).toHaveURL(/\/rollouts$/)

  const [device] = virtual.devices
  await expect.poll(() => device?.name ?? null).not.toBeNull()
  await shell.find(device?.name ?? '')
  await expect(page).toHaveURL(new RegExp(`/devices/${device?.uuid ?? ''}`))
})
