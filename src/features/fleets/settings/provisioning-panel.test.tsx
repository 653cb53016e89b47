import { expect, test } from 'vitest'
import type { ProvisioningKey } from '#contract/fleet'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet } from '@/testing/builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { ProvisioningPanel } from './provisioning-panel'

const aKey = (own: Partial<ProvisioningKey> = {}): ProvisioningKey => ({
  id: 1,
  name: 'line 1',
  createdBy: 'Ada Admin',
  createdAt: '2026-01-01T12:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  registered: 0,
  replacedAt: null,
  ...own,
})
const inADay = () => new Date(Date.now() + 86_400_000).toISOString()

test('keys say how many devices came with them and when they end, and are rotated with a grace', async () => {
  const keys = [
    aKey({ registered: 40 }),
    aKey({ id: 2, name: 'line 2', replacedAt: '2026-01-02T12:00:00.000Z', expiresAt: inADay() }),
    aKey({ id: 3, name: 'line 3', expiresAt: '2026-01-02T12:00:00.000Z' }),
  ]
  const gateway = fakeGateway({
    listProvisioningKeys: () => ({ keys }),
    createProvisioningKey: () => ({ ...aKey({ id: 4 }), secret: 'whp_shown-once' }),
    listDeviceTypes: () => ({ deviceTypes: [aFleet().deviceType] }),
  })
  const screen = await renderPage(<ProvisioningPanel fleet={aFleet()} />)
  await expect.element(screen.getByRole('row', { name: /line 1/ })).toHaveTextContent('40')
  await expect.element(screen.getByRole('row', { name: /line 2/ })).toHaveTextContent('Replaced, ends')
  await expect.element(screen.getByRole('row', { name: /line 3/ })).toHaveTextContent('Expired')
  await expect.element(screen.getByRole('button', { name: 'Rotate line 2' })).not.toBeInTheDocument()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Rotate line 1' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Rotate line 1' })
  await dialog.getByLabelText('line 1, the old key, ends').selectOptions('In an hour')
  await dialog.getByLabelText(/^Why/).fill('Every year')
  await expectAccessible()
  await dialog.getByRole('button', { name: 'Rotate key' }).click()
  await expect.element(screen.getByTestId('secret')).toHaveTextContent('whp_shown-once')
  expect(gateway.calls.find(({ name }) => name === 'createProvisioningKey')?.body).toEqual({
    name: 'line 1',
    expiresAt: null,
    reason: 'Every year',
    replaces: { keyId: 1, inHours: 1 },
  })
})

test('a key is revoked with a reason; a refusal is said in the dialog', async () => {
  let isRefusing = true
  const gateway = fakeGateway({
    listProvisioningKeys: () => ({ keys: [aKey()] }),
    revokeProvisioningKey: () => (isRefusing ? refuse(404, 'Not found') : undefined),
  })
  const screen = await renderPage(<ProvisioningPanel fleet={aFleet()} />)
  await screen.getByRole('button', { name: 'Revoke line 1' }).click()
  const dialog = screen.getByRole('dialog', { name: 'Revoke line 1?' })
  await dialog.getByLabelText(/^Why/).fill('Printed on a box')
  await dialog.getByRole('button', { name: 'Revoke key' }).click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('Not found')
  isRefusing = false
  await dialog.getByRole('button', { name: 'Revoke key' }).click()
  await expect.element(screen.getByText('line 1 is revoked.')).toBeVisible()
  const call = gateway.calls.findLast(({ name }) => name === 'revokeProvisioningKey')
  expect(call?.query.get('reason')).toBe('Printed on a box')
})

test('whoever is no administrator is told who makes them', async () => {
  const screen = await renderPage(<ProvisioningPanel fleet={aFleet()} />, { role: 'support' })
  await expect
    .element(screen.getByText(/An administrator makes, rotates and revokes these keys/))
    .toBeVisible()
})
