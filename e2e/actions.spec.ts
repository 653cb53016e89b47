import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { startPlainDevice } from './fixtures/plain-device.ts'
import { expect, test } from './fixtures/test.ts'
import { expectNothingTooWide } from './fixtures/too-wide.ts'
import { DeviceActions } from './pages/action-pages.ts'
import { DevicesPage } from './pages/devices-page.ts'

const services = [
  { name: 'sensor', version: '1.0.0' },
  { name: 'display', version: '1.0.0' },
]

test.describe('support', () => {
  test.use({ role: 'support' })

  test('restarts a service and sees it taken and done; a device that is away gets what was not called off', async ({
    page,
    gateway,
    switchOn,
  }) => {
    const fleet = await makeFleet(gateway.api, 'On the phone')
    await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
    const virtual = switchOn([{ fleet, count: 1 }])
    const [device] = virtual.devices
    if (!device) throw new Error('no device')
    const actions = new DeviceActions(page)
    await expect.poll(() => device.commit).not.toBeNull()

    await actions.open(device.uuid)
    await expect(page.getByText('Nothing was asked of this device yet')).toBeVisible()
    await expect(page.getByText('Online', { exact: true }).first()).toBeVisible()
    await actions.choose('Identify')
    await actions.expectState('Identify', 'Done')
    await expect(actions.row('Identify')).toContainText('The LED blinks')

    // The network goes when the device has just begun: it was taken, and how it ended is heard later.
    device.watchCommands((step) => {
      if (step === 'begun') virtual.cutNetwork()
    })
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('button', { name: 'Actions on sensor' }).click()
    await page.getByRole('menuitem', { name: 'Restart…' }).click()
    await expect(actions.dialog).toContainText('interrupted for some seconds')
    await expectAccessible(page)
    await actions.dialog.getByRole('button', { name: 'Restart service sensor' }).click()
    await expect(actions.dialog).toBeHidden()
    await actions.open(device.uuid)
    await actions.expectState('Restart service sensor', 'Taken')
    await expect(actions.row('Restart service sensor')).toContainText('It has to answer in')
    device.watchCommands(() => undefined)
    virtual.restoreNetwork()
    await actions.expectState('Restart service sensor', 'Done')

    virtual.cutNetwork()
    await expect(page.getByRole('status').filter({ hasText: 'Not heard since' })).toBeVisible()
    await actions.choose('Reboot')
    await expect(actions.dialog).toContainText('cannot be heard now. The action waits for it, then expires')
    await actions.dialog.getByLabel('Waits for devices that are away').selectOption('1 hour')
    await actions.dialog.getByLabel(/^Why/).fill('Screen is frozen')
    await actions.dialog.getByRole('button', { name: 'Reboot', exact: true }).click()
    await actions.expectState('Reboot', 'Waiting')
    await expect(actions.row('Reboot')).toContainText(
      /Waits for the device to open its socket\. Expires in (1 h|59 min|60 min)/,
    )
    await expect(actions.row('Reboot')).toContainText('Screen is frozen')
    await expectAccessible(page)
    await actions.row('Reboot').getByRole('button', { name: 'Call off' }).click()
    await actions.expectState('Reboot', 'Called off')

    await actions.choose('Identify')
    await actions.expectState('Identify', 'Waiting')
    virtual.restoreNetwork()
    await actions.expectState('Identify', 'Done')
    const done = [...device.executions.values()]
    expect(done, 'twice identified and once restarted, never rebooted').toEqual([1, 1, 1])

    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await expectNothingTooWide(page)
    await expectAccessible(page)
  })

  test('restarts the services of a selection and follows it on a page of its own', async ({
    page,
    gateway,
    switchOn,
  }) => {
    const fleet = await makeFleet(gateway.api, 'All at once')
    await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
    const virtual = switchOn([{ fleet, count: 4 }])
    await expect.poll(() => virtual.devices.filter((device) => device.commit !== null).length).toBe(4)
    const [away] = virtual.devices
    if (!away) throw new Error('no device')
    virtual.cutNetwork([away.uuid])
    const list = new DevicesPage(page)
    await list.open(`?fleetId=${fleet.id}`)
    await expect(list.row(away.name ?? '-')).toContainText('Offline')
    for (const device of virtual.devices) await list.select(device.name ?? '-')
    await list.chooseAction('Restart all services')
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText('4 devices of 4 selected will be changed')
    await expect(dialog).toContainText('1 device of these cannot be heard')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Restart services on 4 devices' }).click()
    await page
      .getByRole('link', { name: 'See progress' })
      .or(page.getByRole('button', { name: 'See progress' }))
      .click()

    await expect(page.getByRole('heading', { level: 1 })).toContainText('Restart all services: 4 devices')
    const counts = page.getByRole('list', { name: 'Devices by state' })
    await expect(counts).toHaveText(/1 waiting\s*3 done/)
    await expect(page.getByText(/What waits expires in/)).toBeVisible()
    await expectAccessible(page)
    virtual.restoreNetwork()
    await expect(counts).toHaveText('4 done')
    for (const device of virtual.devices) expect([...device.executions.values()]).toEqual([1])

    await page.setViewportSize({ width: 390, height: 844 })
    await expectNothingTooWide(page)
    await page.getByRole('link', { name: 'Actions', exact: true }).first().click()
    await expect(page.getByRole('link', { name: 'Restart all services: 4 devices' })).toBeVisible()
    await expectNothingTooWide(page)
    await expectAccessible(page)
  })

  test('is told why a device with the supervisor of balenaOS cannot be asked, and what needs another role', async ({
    page,
    gateway,
  }) => {
    const fleet = await makeFleet(gateway.api, 'As it comes')
    const device = await startPlainDevice(gateway, fleet)
    const actions = new DeviceActions(page)
    await actions.open(device.uuid)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    // It polls once a second, as devices here are told to, or it would soon be away.
    await device.poll()
    await actions.openMenu()
    const reboot = actions.items.filter({ hasText: 'Reboot' })
    await expect(reboot).toBeDisabled()
    await expect(reboot).toContainText('keeps no socket for actions')
    await expect(actions.items.filter({ hasText: 'Purge data' })).toContainText(
      'Needs the role release-manager',
    )
    await expectAccessible(page)
    const api = await gateway.apiAs('support')
    await device.poll()
    const asked = await api.call('createAction', {
      params: { uuid: device.uuid },
      body: { kind: 'reboot' },
    })
    expect(asked).toMatchObject({ state: 'unsupported' })
  })
})

test('purging data asks for the name of the device', async ({ page, gateway, switchOn }) => {
  const fleet = await makeFleet(gateway.api, 'Purged')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
  const [device] = switchOn([{ fleet, count: 1 }]).devices
  if (!device) throw new Error('no device')
  await expect.poll(() => device.commit).not.toBeNull()
  const actions = new DeviceActions(page)
  await actions.open(device.uuid)
  await expect(page.getByText('Online', { exact: true }).first()).toBeVisible()
  await actions.choose('Purge data')
  await expect(actions.dialog).toContainText('is deleted for good')
  const confirm = actions.dialog.getByRole('button', { name: 'Purge data' })
  await expect(confirm).toBeDisabled()
  await expectAccessible(page)
  await actions.dialog.getByLabel(`Type ${device.name ?? '-'} to confirm`).fill(device.name ?? '-')
  await confirm.click()
  await actions.expectState('Purge data', 'Done')
  await expect(actions.row('Purge data')).toContainText('Purged the volumes')
})

test.describe('a viewer', () => {
  test.use({ role: 'viewer' })

  test('sees what became of actions and can ask for none', async ({ page, gateway, switchOn }) => {
    const fleet = await makeFleet(gateway.api, 'Watched only')
    const [device] = switchOn([{ fleet, count: 1 }]).devices
    if (!device) throw new Error('no device')
    await expect.poll(() => device.name).not.toBeNull()
    await gateway.api.call('createAction', { params: { uuid: device.uuid }, body: { kind: 'identify' } })
    const actions = new DeviceActions(page)
    await actions.open(device.uuid)
    await actions.expectState('Identify', 'Done')
    await actions.openMenu()
    for (const item of await actions.items.all()) await expect(item).toBeDisabled()
    await expect(actions.items.filter({ hasText: 'Identify' })).toContainText('Needs the role support')
    const api = await gateway.apiAs('viewer')
    const asked = await api.attempt('createAction', {
      params: { uuid: device.uuid },
      body: { kind: 'identify' },
    })
    expect(asked.status).toBe(403)
  })
})
