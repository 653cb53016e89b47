import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { DevicesPage } from './pages/devices-page.ts'

test('the device list is filtered, sorted and searched, and its address shows a colleague the same', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Found and sorted')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: [{ name: 'main', version: '1.0.0' }] })
  const virtual = switchOn([
    { fleet, count: 8 },
    { fleet, count: 4, deviceType: 'raspberrypi5' },
  ])
  const devices = new DevicesPage(page)
  await devices.open(`?fleetId=${fleet.id}`)
  await devices.expectCount('12 devices match')
  await expectAccessible(page)

  await devices.filterBy('Type', /Raspberry Pi 5/)
  await devices.expectCount('4 devices match')
  await devices.sortBy('Name')
  await expect(page).toHaveURL(/sort=name/)
  const names = await devices.names()
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')))
  expect(names).toHaveLength(4)
  await expectAccessible(page)

  await page.reload()
  await devices.expectCount('4 devices match')
  expect(await devices.names()).toEqual(names)

  const wanted = virtual.devices[9]?.name ?? ''
  await page.keyboard.press('/')
  await expect(devices.search).toBeFocused()
  await devices.search.fill(wanted)
  await devices.expectCount('1 device matches')
  await expect(page).toHaveURL(/q=/)
  await page.goBack()

  await devices.search.fill('nothing is called this')
  await expect(page.getByText(/no device/i).first()).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: /clear/i }).last().click()
  await expect(devices.search).toHaveValue('')
})

test('many devices get a tag, after a preview that says how many', async ({ page, gateway, switchOn }) => {
  const fleet = await makeFleet(gateway.api, 'Tagged together')
  switchOn([{ fleet, count: 6 }])
  const devices = new DevicesPage(page)
  await devices.open(`?fleetId=${fleet.id}`)
  await devices.expectCount('6 devices match')
  const [first = '', second = ''] = await devices.names()
  await devices.select(first)
  await devices.select(second)
  await expect(devices.selected).toContainText('2 devices selected')

  await devices.chooseAction('Set a tag')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Tag').fill('site')
  await dialog.getByLabel('Value').fill('<b>north</b>')
  await expect(dialog).toContainText('2 devices of 2 selected will be changed')
  await expectAccessible(page)
  const before = await gateway.api.call('listDevices', { query: { fleetId: fleet.id, tag: 'site' } })
  expect(before.total, 'a preview changes nothing').toBe(0)
  await dialog.getByRole('button', { name: 'Tag 2 devices' }).click()
  await expect(dialog).toBeHidden()

  await devices.filterBy('Tag', /site/)
  await devices.expectCount('2 devices match')
  // Tags are hostile input: text, never markup.
  await devices.open(`?fleetId=${fleet.id}&columns=tags`)
  await expect(devices.row(first)).toContainText('<b>north</b>')
})
