import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { aVariable } from '@/testing/builders'
import { renderPage } from '@/testing/render-page'
import { VariablesPanel } from './variables-panel'

const fleetWide = aVariable({ name: 'INTERVAL', value: '60' })
const ofDevice = aVariable({ name: 'INTERVAL', value: '15', scope: 'device' })
const secret = aVariable({ name: 'MQTT_PASSWORD', value: 'correct horse' })

const panel = (own: Partial<Parameters<typeof VariablesPanel>[0]> = {}) => (
  <VariablesPanel
    owner="device"
    variables={[fleetWide, ofDevice, secret]}
    services={['api', 'sensor']}
    mayEdit
    onSet={vi.fn(() => Promise.resolve())}
    onDelete={vi.fn(() => Promise.resolve())}
    {...own}
  />
)

test('what does not count says what overrides it; secrets are hidden until asked for', async () => {
  const screen = await renderPage(panel())
  await expect.element(screen.getByText('overridden by device')).toBeVisible()
  await expect.element(screen.getByText('correct horse')).not.toBeInTheDocument()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Show MQTT_PASSWORD' }).click()
  await expect.element(screen.getByText('correct horse')).toBeVisible()
})

test('a variable is added for one service, in words what that restarts', async () => {
  const onSet = vi.fn(() => Promise.resolve())
  const screen = await renderPage(panel({ onSet }))
  await screen.getByRole('button', { name: 'Add variable' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Add a variable' })
  await userEvent.selectOptions(dialog.getByLabelText('Service'), 'api')
  await dialog.getByLabelText('Name').fill('LOG_LEVEL')
  await dialog.getByLabelText('Value').fill('debug')
  await expect.element(dialog.getByText(/The service api restarts on this device/)).toBeVisible()
  await dialog.getByRole('button', { name: 'Add variable' }).click()
  await expect.element(dialog).not.toBeInTheDocument()
  expect(onSet.mock.calls[0]?.[0 as never]).toEqual({
    kind: 'environment',
    service: 'api',
    name: 'LOG_LEVEL',
    value: 'debug',
  })
})

test('names that devices would not take are refused at their field', async () => {
  const onSet = vi.fn(() => Promise.resolve())
  const screen = await renderPage(panel({ onSet }))
  await screen.getByRole('button', { name: 'Add variable' }).click()
  const dialog = screen.getByRole('dialog')
  await dialog.getByLabelText('Name').fill('1ST')
  await dialog.getByRole('button', { name: 'Add variable' }).click()
  await expect.element(dialog.getByText(/must start with a letter/)).toBeVisible()
  await dialog.getByLabelText('Name').fill('BALENA_HOST_CONFIG_x')
  await expect.element(dialog.getByText(/belong to configuration/)).toBeVisible()
  expect(onSet).not.toHaveBeenCalled()
})

test('a refused change stays open and says why', async () => {
  const onSet = vi.fn(() => Promise.reject(new Error('The gateway cannot be reached.')))
  const screen = await renderPage(panel({ onSet }))
  await screen.getByRole('button', { name: 'Change INTERVAL' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Change INTERVAL' })
  await dialog.getByLabelText('Value').fill('30')
  await dialog.getByRole('button', { name: 'Save value' }).click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('The gateway cannot be reached.')
})

test('deleting asks first and says what it restarts', async () => {
  const onDelete = vi.fn(() => Promise.resolve())
  const screen = await renderPage(panel({ onDelete }))
  await screen.getByRole('button', { name: 'Delete INTERVAL' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Delete INTERVAL?' })
  await expect.element(dialog.getByText(/All services restart on this device/)).toBeVisible()
  expect(onDelete).not.toHaveBeenCalled()
  await dialog.getByRole('button', { name: 'Delete variable' }).click()
  await expect.element(dialog).not.toBeInTheDocument()
  expect(onDelete.mock.calls[0]?.[0 as never]).toEqual(ofDevice)
})

test('a value of the fleet can be overridden on the device, but not changed there', async () => {
  const screen = await renderPage(panel({ variables: [fleetWide] }))
  await expect.element(screen.getByRole('button', { name: 'Change INTERVAL' })).not.toBeInTheDocument()
  await screen.getByRole('button', { name: 'Override INTERVAL on this device' }).click()
  await expect.element(screen.getByRole('dialog').getByLabelText('Name')).toHaveValue('INTERVAL')
})

test('who may not edit can read and search', async () => {
  const screen = await renderPage(panel({ mayEdit: false }), { at: '/?variable=mqtt' })
  await expect.element(screen.getByText('MQTT_PASSWORD')).toBeVisible()
  await expect.element(screen.getByText('overridden by device')).not.toBeInTheDocument()
  await expect.element(screen.getByRole('button', { name: 'Add variable' })).not.toBeInTheDocument()
})
