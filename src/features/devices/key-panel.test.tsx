import { expect, test } from 'vitest'
import type { DeviceKey } from '#contract/device-key'
import { expectAccessible } from '@/testing/accessibility'
import { aDevice } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { KeyRevokedNote } from './key-note'
import { KeyPanel } from './key-panel'

const at = '2026-01-01T12:00:00.000Z'
const withKey = (own: Partial<DeviceKey>) => aDevice({ key: { ...aDevice().key, ...own } })
const revoked = (own: Partial<DeviceKey> = {}) =>
  withKey({
    state: 'revoked',
    changedAt: at,
    revokedBy: 'Ada Admin',
    revokedReason: 'Left in a train',
    ...own,
  })
const inADay = () => new Date(Date.now() + 86_400_000).toISOString()
const never = () => undefined

test('revoking asks for the name and a reason; a refusal is said in the dialog, then it is done', async () => {
  let isRefusing = true
  const gateway = fakeGateway({
    changeDeviceKey: () => (isRefusing ? refuse(503, 'Too much at once') : revoked()),
  })
  const screen = await renderPage(<KeyPanel device={aDevice()} onRotate={never} refusal={null} />)
  await screen.getByRole('button', { name: 'Revoke key…' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Revoke the key of bold-field?' })
  await expect.element(dialog).toHaveTextContent('locked out at once')
  const confirm = dialog.getByRole('button', { name: 'Revoke key' })
  await dialog.getByLabelText('Type bold-field to confirm').fill('bold-field')
  await expect.element(confirm).toBeDisabled()
  await dialog.getByLabelText('Why').fill('Left in a train')
  await expectAccessible()
  await confirm.click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('Too much at once')
  isRefusing = false
  await confirm.click()
  await expect.element(screen.getByText('The key of bold-field is revoked')).toBeVisible()
  expect(gateway.calls.at(-1)?.body).toEqual({ change: 'revoke', reason: 'Left in a train' })
})

test('a revoked key says by whom, why and how the device comes back, and lets it', async () => {
  const gateway = fakeGateway({ changeDeviceKey: () => revoked({ mayReturnUntil: inADay() }) })
  const screen = await renderPage(
    <>
      <KeyRevokedNote device={revoked()} />
      <KeyPanel device={revoked()} onRotate={never} refusal={null} />
    </>,
  )
  await expect.element(screen.getByRole('status')).toHaveTextContent(/an administrator must let it come back/)
  await expect.element(screen.getByText(/by Ada Admin: Left in a train/)).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Let it come back…' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Let bold-field come back?' })
  await dialog.getByLabelText('For').selectOptions('A week')
  await dialog.getByLabelText('Why').fill('Found again')
  await dialog.getByRole('button', { name: 'Let it come back' }).click()
  await expect.element(screen.getByText('bold-field may come back with another key')).toBeVisible()
  expect(gateway.calls.at(-1)?.body).toEqual({ change: 'allow-return', reason: 'Found again', hours: 168 })
})

test('while it may come back it is said what to do at the device; leave can be taken back', async () => {
  fakeGateway({ changeDeviceKey: () => revoked() })
  const device = revoked({ mayReturnUntil: inADay() })
  const screen = await renderPage(
    <>
      <KeyRevokedNote device={device} />
      <KeyPanel device={device} onRotate={never} refusal={null} />
    </>,
  )
  await expect.element(screen.getByRole('status')).toHaveTextContent(/take deviceApiKey out/)
  await screen.getByRole('button', { name: 'No longer let it come back…' }).click()
  await screen.getByLabelText('Why').fill('Not found after all')
  await screen.getByRole('button', { name: 'Do not let it come back' }).click()
  await expect.element(screen.getByText('bold-field may not come back')).toBeVisible()
})

test('leave that has run out is no leave', async () => {
  const screen = await renderPage(<KeyRevokedNote device={revoked({ mayReturnUntil: at })} />)
  await expect.element(screen.getByRole('status')).toHaveTextContent(/an administrator must let it come back/)
})

test('a rotation is asked for through the action channel; without one it says why not', async () => {
  let asked = 0
  const screen = await renderPage(<KeyPanel device={aDevice()} onRotate={() => asked++} refusal={null} />)
  await screen.getByRole('button', { name: 'Rotate key…' }).click()
  expect(asked).toBe(1)
  const stock = await renderPage(
    <KeyPanel
      device={withKey({ state: 'rotating' })}
      onRotate={never}
      refusal="This device keeps no socket for actions"
    />,
  )
  const panel = stock.getByRole('region', { name: 'Device key' }).last()
  await expect.element(panel.getByRole('button', { name: 'Rotate key…' })).toBeDisabled()
  await expect.element(panel).toHaveTextContent(/as the supervisor of balenaOS does not/)
  await expect.element(panel).toHaveTextContent(/Both work until it uses the new one/)
})

test('whoever is no administrator sees how it is and is told who may change it', async () => {
  const screen = await renderPage(<KeyPanel device={aDevice()} onRotate={never} refusal={null} />, {
    role: 'release-manager',
  })
  await expect.element(screen.getByText('An administrator rotates and revokes it.')).toBeVisible()
  await expect.element(screen.getByRole('button')).not.toBeInTheDocument()
  await expectAccessible()
})
