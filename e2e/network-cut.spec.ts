import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { DevicesPage } from './pages/devices-page.ts'

// 15 s after a device is late it is offline: that is the protocol's own time.
const OFFLINE_WITHIN = { timeout: 60_000 }

test('devices whose network is cut are said to be offline since when, and heal by themselves', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Cut off')
  const virtual = switchOn([{ fleet, count: 3 }])
  const list = new DevicesPage(page)
  await list.open(`?fleetId=${fleet.id}`)
  await expect(page.getByText('Online', { exact: true })).toHaveCount(3)

  const [cut, ...others] = virtual.devices.map((device) => ({ uuid: device.uuid, name: device.name ?? '' }))
  if (!cut) throw new Error('no device')
  virtual.cutNetwork([cut.uuid])
  await expect(list.row(cut.name)).toContainText('Offline', OFFLINE_WITHIN)
  await expect(list.row(cut.name)).toContainText(/\d+ (s|min) ago/)
  for (const other of others) await expect(list.row(other.name)).toContainText('Online')
  await expectAccessible(page)

  await page.goto(`/devices/${cut.uuid}`)
  await expect(page.getByText(/Offline\s+since/)).toBeVisible()
  await expect(page.getByText(/Not heard since .+Everything below is as of then/)).toBeVisible()
  await expectAccessible(page)

  await page.goto('/fleets')
  const card = page.getByRole('article', { name: fleet.name })
  await expect(card.getByRole('link', { name: /^1\s*offline$/ })).toBeVisible()
  virtual.restoreNetwork([cut.uuid])
  await expect(card.getByRole('link', { name: /^0\s*offline$/ })).toBeVisible()
  await expect(card.getByRole('link', { name: /^3\s*online$/ })).toBeVisible()
})
