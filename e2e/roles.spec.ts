import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { DevicesPage } from './pages/devices-page.ts'
import { Shell } from './pages/shell.ts'

test.describe('a viewer', () => {
  test.use({ role: 'viewer' })

  test('sees everything and is offered nothing that changes it; the gateway refuses too', async ({
    page,
    gateway,
    switchOn,
  }) => {
    const fleet = await makeFleet(gateway.api, 'Only looked at')
    const release = await makeRelease(gateway.api, fleet, {
      semver: '1.0.0',
      services: [{ name: 'main', version: '1.0.0' }],
    })
    const virtual = switchOn([{ fleet, count: 1 }])
    const shell = new Shell(page)
    await page.goto('/fleets')
    await expect(page.getByRole('article', { name: fleet.name })).toBeVisible()
    await expect(page.getByRole('button', { name: 'New fleet' })).toHaveCount(0)
    await expect(shell.navigation.getByRole('link', { name: 'Audit log' })).toHaveCount(0)
    await expectAccessible(page)

    await page.goto(`/fleets/${fleet.id}`)
    await expect(page.getByRole('heading', { name: fleet.name, level: 1 })).toBeVisible()
    for (const name of ['New release', 'New rollout'])
      await expect(page.getByRole('link', { name })).toHaveCount(0)

    const list = new DevicesPage(page)
    await list.open(`?fleetId=${fleet.id}`)
    await expect(page.getByText('Online', { exact: true })).toHaveCount(1)
    await list.select(virtual.devices[0]?.name ?? '')
    await list.selected.getByRole('button', { name: 'Actions' }).click()
    const items = page.getByRole('menuitem')
    await expect(items.first()).toContainText('Needs the role')
    for (const item of await items.all()) await expect(item).toBeDisabled()
    await expectAccessible(page)

    const uuid = virtual.devices[0]?.uuid ?? ''
    const api = await gateway.apiAs('viewer')
    const refusals = [
      await api.attempt('createFleet', { body: { name: 'Not by me', deviceType: 'intel-nuc' } }),
      await api.attempt('createDeviceNote', { params: { uuid }, body: { body: 'hello' } }),
      await api.attempt('createRollout', { params: { fleetId: fleet.id }, body: { releaseId: release.id } }),
      await api.attempt('listUsers'),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403])
  })
})

test('a page of another site cannot write with the session of a signed-in person', async ({
  page,
  gateway,
}) => {
  await page.goto('/fleets')
  const answer = await page.request.post(`${gateway.url}/api/v1/fleets`, {
    data: { name: 'Forged', deviceType: 'intel-nuc' },
  })
  expect(answer.status()).toBe(403)
})
