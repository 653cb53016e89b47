import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { LogPage } from './pages/log-page.ts'

const bad = {
  'io.wheelhouse.simulator.fault': 'crash-loop',
  'io.wheelhouse.simulator.fault.exit-code': '3',
  'io.wheelhouse.simulator.fault.after-seconds': '5',
}

test('a crash-looping service is that service’s failure on a device that is reachable', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'One bad service')
  await makeRelease(gateway.api, fleet, {
    semver: '1.0.0',
    services: [
      { name: 'display', version: '1.0.0' },
      { name: 'planner', version: '1.0.0', labels: bad },
    ],
  })
  const [device] = switchOn([{ fleet, count: 1 }]).devices
  if (!device) throw new Error('no device')
  await expect.poll(() => device.name).not.toBeNull()
  await page.goto(`/devices/${device.uuid}`)
  await expect(page.getByRole('heading', { name: device.name ?? '-', level: 1 })).toBeVisible()

  const layers = page.getByRole('list', { name: /^Layers/ }).getByRole('listitem')
  const layer = (name: string) => layers.filter({ hasText: name }).first()
  await expect(layer('planner')).toContainText('Service crash-looping')
  await expect(layer('planner')).toContainText('Critical')
  await expect(layer('planner')).toContainText(/exit code 3|code 3/)
  for (const sound of ['display', 'Supervisor', 'Engine', 'Host OS', 'Hardware'])
    await expect(layer(sound)).toContainText('OK')
  // The device itself is heard: an application's failure does not look like a lost device.
  await expect(page.getByText('Online', { exact: true }).first()).toBeVisible()
  const services = page.getByRole('region', { name: 'Services' }).getByRole('row')
  await expect(services.filter({ hasText: 'planner' })).toContainText('Crash-looping')
  await expect(services.filter({ hasText: 'display' })).toContainText('Running')
  await expectAccessible(page)
})

test('a device page tells power, host OS and events, and carries its own logs, tags and variables', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Looked into')
  await makeRelease(gateway.api, fleet, {
    semver: '1.0.0',
    services: [{ name: 'sensor', version: '1.0.0' }],
  })
  const virtual = switchOn([{ fleet, count: 1 }])
  const [device] = virtual.devices
  if (!device) throw new Error('no device')
  await expect.poll(() => device.name).not.toBeNull()
  await page.goto(`/devices/${device.uuid}`)
  const layers = page.getByRole('list', { name: /^Layers/ }).getByRole('listitem')
  await expect(layers.filter({ hasText: 'Hardware' })).toContainText('OK')
  virtual.inject(device.uuid, { kind: 'undervoltage' })
  await expect(layers.filter({ hasText: 'Hardware' })).toContainText('Undervoltage')
  virtual.clear(device.uuid, 'undervoltage')
  await expect(layers.filter({ hasText: 'Hardware' })).toContainText('OK')

  const tabs = page.getByRole('navigation', { name: 'Device', exact: true }).getByRole('link')
  const names = await tabs.allInnerTexts()
  expect(names).toContain('Logs')
  for (const name of names) {
    await tabs.filter({ hasText: name }).click()
    await expect(tabs.filter({ hasText: name })).toHaveAttribute('aria-current', 'page')
    await expect(page.getByText(/^Loading/)).toHaveCount(0)
    await expectAccessible(page)
  }
  await page.goto(`/devices/${device.uuid}/logs`)
  const logs = new LogPage(page)
  await logs.expectMoreThan(3)
  await expect(logs.lines).toContainText('sensor')
})
