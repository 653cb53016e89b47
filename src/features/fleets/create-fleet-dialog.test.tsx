import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet } from '@/testing/builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { CreateFleetDialog } from './create-fleet-dialog'

const deviceTypes = [aFleet().deviceType]

test('a fleet is made with a name and a device type, and its settings come next', async () => {
  const gateway = fakeGateway({
    listDeviceTypes: () => ({ deviceTypes }),
    createFleet: () => Response.json(aFleet({ id: 12, name: 'Door locks' }), { status: 201 }),
  })
  const screen = await renderPage(<CreateFleetDialog onClose={vi.fn()} />)
  await screen.getByLabelText('Name').fill('Door locks')
  await expect.element(screen.getByRole('option', { name: /Raspberry Pi 4/ })).toBeInTheDocument()
  await userEvent.selectOptions(screen.getByLabelText('Default device type'), 'raspberrypi4-64')
  await expectAccessible()
  await screen.getByRole('button', { name: 'Create fleet' }).click()
  await expect.poll(currentAddress).toBe('/fleets/12/settings')
  expect(gateway.calls.find((call) => call.name === 'createFleet')?.body).toEqual({
    name: 'Door locks',
    deviceType: 'raspberrypi4-64',
  })
})

test('what is missing is said at its field, and nothing is sent', async () => {
  const gateway = fakeGateway({ listDeviceTypes: () => ({ deviceTypes }) })
  const screen = await renderPage(<CreateFleetDialog onClose={vi.fn()} />)
  await screen.getByLabelText('Name').fill('ab')
  await screen.getByRole('button', { name: 'Create fleet' }).click()
  await expect.element(screen.getByText('must have at least 4 characters')).toBeVisible()
  await expect.element(screen.getByText('Choose what the devices are')).toBeVisible()
  await expect.element(screen.getByLabelText('Name')).toHaveAttribute('aria-invalid', 'true')
  expect(gateway.calls.map((call) => call.name)).not.toContain('createFleet')
})

test('a name that is taken is told in the gateway’s words', async () => {
  fakeGateway({
    listDeviceTypes: () => ({ deviceTypes }),
    createFleet: () => refuse(409, 'A fleet named Door locks exists'),
  })
  const screen = await renderPage(<CreateFleetDialog onClose={vi.fn()} />)
  await screen.getByLabelText('Name').fill('Door locks')
  await expect.element(screen.getByRole('option', { name: /Raspberry Pi 4/ })).toBeInTheDocument()
  await userEvent.selectOptions(screen.getByLabelText('Default device type'), 'raspberrypi4-64')
  await screen.getByRole('button', { name: 'Create fleet' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('A fleet named Door locks exists')
})
