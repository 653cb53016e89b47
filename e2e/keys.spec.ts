import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { startPlainDevice } from './fixtures/plain-device.ts'
import { expect, test } from './fixtures/test.ts'
import { expectNothingTooWide } from './fixtures/too-wide.ts'

const services = [{ name: 'main', version: '1.0.0' }]
const statusWith = async (url: string, uuid: string, key: string) =>
  (await fetch(`${url}/device/v3/${uuid}/state`, { headers: { authorization: `Bearer ${key}` } })).status

test('a device gets another key while power fails, is locked out by revoking it, and let back in', async ({
  page,
  gateway,
  switchOn,
}) => {
  const fleet = await makeFleet(gateway.api, 'Keys')
  await makeRelease(gateway.api, fleet, { semver: '1.0.0', services })
  const virtual = switchOn([{ fleet, count: 1 }])
  const [device] = virtual.devices
  if (!device) throw new Error('no device')
  await expect.poll(() => device.commit).not.toBeNull()
  await page.goto(`/devices/${device.uuid}`)
  const panel = page.getByRole('region', { name: 'Device key' })
  const dialog = page.getByRole('dialog')
  await expect(panel).toContainText('In use since')
  await expect(panel.getByRole('button', { name: 'Rotate key…' })).toBeEnabled()
  await expectAccessible(page)

  // Power fails when the gateway has used the new key already and the device does not know yet.
  const first = device.key
  let cuts = 0
  device.watchCommands((step) => {
    if (step !== 'key-used' || cuts > 0) return
    cuts++
    virtual.cutPower(device.uuid)
  })
  await panel.getByRole('button', { name: 'Rotate key…' }).click()
  await expect(dialog).toContainText(device.name ?? '-')
  await expect(dialog).toContainText('a power cut in between locks nobody out')
  await dialog.getByLabel(/^Why/).fill('Every year')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Rotate key', exact: true }).click()
  await expect(dialog).toBeHidden()
  await expect.poll(() => device.key).not.toBe(first)
  expect(cuts).toBe(1)
  expect(await statusWith(gateway.url, device.uuid, first)).toBe(401)
  expect(await statusWith(gateway.url, device.uuid, device.key)).toBe(200)
  await page.getByRole('link', { name: 'Events', exact: true }).click()
  await expect(page.getByText('Speaks with its new key; the former one is refused')).toBeVisible()

  await page.getByRole('link', { name: 'Overview', exact: true }).click()
  await panel.getByRole('button', { name: 'Revoke key…' }).click()
  const revoke = dialog.getByRole('button', { name: 'Revoke key' })
  await expect(revoke).toBeDisabled()
  await dialog.getByLabel(/^Type/).fill(device.name ?? '-')
  await dialog.getByLabel('Why').fill('Left in a train')
  await expectAccessible(page)
  await revoke.click()
  const note = page.getByRole('status').filter({ hasText: 'Key revoked.' })
  await expect(note).toContainText('an administrator must let it come back first')
  await expect(panel).toContainText('Left in a train')
  expect(await statusWith(gateway.url, device.uuid, device.key)).toBe(401)
  await expect(page.getByText('closed: actions wait')).toBeVisible()
  await expectAccessible(page)

  await panel.getByRole('button', { name: 'Let it come back…' }).click()
  await dialog.getByLabel('Why').fill('Found again')
  await dialog.getByRole('button', { name: 'Let it come back' }).click()
  await expect(note).toContainText(`put a provisioning key of ${fleet.name} into config.json`)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNothingTooWide(page)
  await expectAccessible(page)
  const revoked = device.key
  device.reprovision()
  await expect(note).toBeHidden()
  await expect(page.getByText('open: actions reach it at once')).toBeVisible()
  expect(await statusWith(gateway.url, device.uuid, revoked)).toBe(401)

  await page.goto('/audit')
  for (const words of [
    'Asked',
    'Revoked its key: Left in a train',
    'Found again',
    'Came back with another key',
  ])
    await expect(page.getByText(words).first()).toBeVisible()
})

test('a device with the supervisor of balenaOS cannot be asked to rotate its key, and the page says why', async ({
  page,
  gateway,
}) => {
  const fleet = await makeFleet(gateway.api, 'Keys as they come')
  const device = await startPlainDevice(gateway, fleet)
  await page.goto(`/devices/${device.uuid}`)
  const panel = page.getByRole('region', { name: 'Device key' })
  await expect(panel).toBeVisible()
  // It polls once a second, as devices here are told to, or it would soon be away.
  await device.poll()
  await expect(panel).toContainText('as the supervisor of balenaOS does not')
  await expect(panel.getByRole('button', { name: 'Rotate key…' })).toBeDisabled()
  await expect(panel.getByRole('button', { name: 'Revoke key…' })).toBeEnabled()
  await expectAccessible(page)
})

test('a provisioning key is rotated: the old one ends after its grace, the new one is shown once', async ({
  page,
  gateway,
}) => {
  const fleet = await makeFleet(gateway.api, 'Keys of the factory')
  await startPlainDevice(gateway, fleet)
  await page.goto(`/fleets/${fleet.id}/settings`)
  const table = page.getByRole('table', { name: 'Provisioning keys' })
  const name = `devices of ${fleet.name}`
  await expect(table.getByRole('row').filter({ hasText: name })).toContainText('1')
  await table.getByRole('button', { name: `Rotate ${name}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/the old key, ends/).selectOption('In an hour')
  await dialog.getByLabel(/^Why/).fill('Every year')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Rotate key' }).click()
  const secret = await dialog.getByTestId('secret').innerText()
  await dialog.getByRole('button', { name: 'Done, I copied it' }).click()
  await expect(table.getByText('Replaced, ends')).toBeVisible()
  await expect(page.getByText(secret)).toHaveCount(0)
  await startPlainDevice(gateway, fleet)
  await startPlainDevice(gateway, { ...fleet, provisioningKey: secret })
  await table
    .getByRole('button', { name: `Revoke ${name}` })
    .last()
    .click()
  await dialog.getByLabel(/^Why/).fill('Nobody needs it any more')
  await dialog.getByRole('button', { name: 'Revoke key' }).click()
  await expect(table.getByText('Replaced, ends')).toHaveCount(0)
  await expect(startPlainDevice(gateway, fleet)).rejects.toThrow('401')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  await expectNothingTooWide(page)
})

test.describe('support', () => {
  test.use({ role: 'support' })

  test('sees how it is with keys and is told who may change them; the gateway refuses too', async ({
    page,
    gateway,
  }) => {
    const fleet = await makeFleet(gateway.api, 'Keys of others')
    const device = await startPlainDevice(gateway, fleet)
    await page.goto(`/devices/${device.uuid}`)
    const panel = page.getByRole('region', { name: 'Device key' })
    await expect(panel).toContainText('An administrator rotates and revokes it.')
    await expect(panel.getByRole('button')).toHaveCount(0)
    await expectAccessible(page)
    const api = await gateway.apiAs('support')
    const params = { uuid: device.uuid }
    const refusals = [
      await api.attempt('changeDeviceKey', { params, body: { change: 'revoke', reason: 'Mine' } }),
      await api.attempt('createAction', { params, body: { kind: 'rotate-key' } }),
      await api.attempt('listProvisioningKeys', { params: { fleetId: fleet.id } }),
    ]
    expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403])
  })
})
