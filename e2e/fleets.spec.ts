import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { FleetsPage } from './pages/fleets-page.ts'

test('fleets stand in the order of their trouble, and change place in words as devices fail and heal', async ({
  page,
  gateway,
  switchOn,
}) => {
  const calm = await makeFleet(gateway.api, 'Trouble none')
  const troubled = await makeFleet(gateway.api, 'Trouble much')
  for (const fleet of [calm, troubled])
    await makeRelease(gateway.api, fleet, {
      semver: '1.0.0',
      services: [{ name: 'main', version: '1.0.0' }],
    })
  const devices = switchOn([
    { fleet: calm, count: 3 },
    { fleet: troubled, count: 3 },
  ])

  const fleets = new FleetsPage(page)
  await fleets.open()
  await page.getByRole('searchbox', { name: 'Search fleets' }).or(fleets.cards.first()).first().waitFor()
  for (const fleet of [calm, troubled])
    await expect(fleets.card(fleet.name).getByRole('link', { name: /^3\s*online$/ })).toBeVisible()
  await expectAccessible(page)

  for (const device of devices.devices.slice(3)) devices.inject(device.uuid, { kind: 'undervoltage' })
  await expect(fleets.card(troubled.name).getByRole('link', { name: /^Undervoltage · 3$/ })).toBeVisible()
  await expect(fleets.card(calm.name)).not.toContainText('Undervoltage')
  await page.reload()
  await expect(fleets.card(troubled.name)).toBeVisible()
  const order = await fleets.cards.evaluateAll((cards) =>
    cards.map((card) => card.getAttribute('aria-label')),
  )
  expect(order.indexOf(troubled.name)).toBeLessThan(order.indexOf(calm.name))
  await expectAccessible(page)

  for (const device of devices.devices.slice(3)) devices.clear(device.uuid, 'undervoltage')
  await expect(fleets.card(troubled.name)).not.toContainText('Undervoltage')
})

test('a fleet page shows figures, wall and what the fleet follows', async ({ page, gateway, switchOn }) => {
  const fleet = await makeFleet(gateway.api, 'One fleet')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: [{ name: 'main', version: '1.0.0' }] })
  switchOn([{ fleet, count: 4 }])
  await page.goto(`/fleets/${fleet.id}`)
  await expect(page.getByRole('heading', { name: fleet.name, level: 1 })).toBeVisible()
  await expect(page.getByText(/4 devices/).first()).toBeVisible()
  await expectAccessible(page)
  for (const tab of ['Devices', 'Releases', 'Rollouts', 'Settings']) {
    await page
      .getByRole('navigation', { name: 'Parts of the fleet' })
      .getByRole('link', { name: tab })
      .click()
    await expect(page).toHaveURL(new RegExp(`/fleets/${fleet.id}/${tab.toLowerCase()}`))
    await expect(page.getByText(/^Loading/)).toHaveCount(0)
    await expectAccessible(page)
  }
})
