import { expectAccessible } from './fixtures/accessibility.ts'
import { everyPage, openReady } from './fixtures/every-page.ts'
import { makeFleet, makeRelease, pinFleet } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { findTooWide } from './fixtures/too-wide.ts'

test('every page is whole on a phone, in light and dark', async ({ page, gateway, switchOn }) => {
  test.setTimeout(420_000)
  const fleet = await makeFleet(gateway.api, 'In the pocket')
  const services = (version: string) => [{ name: 'sensor', version }]
  const first = await makeRelease(gateway.api, fleet, { semver: '1.0.0', services: services('1.0.0') })
  await pinFleet(gateway.api, fleet, first)
  const virtual = switchOn([{ fleet, count: 3 }])
  await expect.poll(() => virtual.devices.filter((device) => device.commit === first.commit).length).toBe(3)
  const second = await makeRelease(gateway.api, fleet, { semver: '1.1.0', services: services('1.1.0') })
  const rollout = await gateway.api.call('createRollout', {
    params: { fleetId: fleet.id },
    body: { releaseId: second.id },
  })

  for (const [index, one] of (await everyPage(gateway.api, rollout.id)).entries()) {
    await test.step(one.name, async () => {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
      await openReady(page, one)
      expect.soft(await findTooWide(page), 'what is wider than the screen').toEqual([])
      await expectAccessible(page)
    })
  }

  await page.getByRole('button', { name: 'Open navigation' }).click()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Fleets' }).click()
  await expect(page).toHaveURL(/\/fleets$/)
})
