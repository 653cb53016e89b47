import { expect, test } from 'vitest'
import type { ApiToken } from '#contract/session'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { ApiTokenList } from './api-token-list'

const token = (own: Partial<ApiToken> = {}): ApiToken => ({
  id: 1,
  name: 'CI of the kiosks',
  access: { everywhere: 'release-manager', fleets: [] },
  createdBy: 'Test person',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  ...own,
})

test('a secret is shown once, and is gone when the dialog closes', async () => {
  const secret = 'wh_only-once'
  const tokens: ApiToken[] = []
  const { calls } = fakeGateway({
    listApiTokens: () => ({ tokens }),
    listFleets: () => ({ cursor: 0, fleets: [] }),
    createApiToken: () => {
      tokens.push(token({ id: 7, name: 'Nightly' }))
      return { ...token({ id: 7, name: 'Nightly' }), secret }
    },
  })
  const screen = await renderPage(<ApiTokenList />)
  await expect.element(screen.getByText('No API tokens')).toBeVisible()
  await screen.getByRole('button', { name: 'New token' }).click()
  await screen.getByRole('button', { name: 'Make the token' }).click()
  await expect.element(screen.getByLabelText('Name')).toHaveAccessibleDescription('must not be empty')
  await screen.getByLabelText('Name').fill('Nightly')
  await screen.getByLabelText('Role in every fleet').selectOptions('viewer')
  await screen.getByLabelText('Stops working after').selectOptions('never')
  await screen.getByRole('button', { name: 'Make the token' }).click()
  await expect.element(screen.getByLabelText('Secret', { exact: true })).toHaveTextContent(secret)
  expect(calls.find((call) => call.name === 'createApiToken')?.body).toEqual({
    name: 'Nightly',
    access: { everywhere: 'viewer', fleets: [] },
    expiresAt: null,
  })
  await expectAccessible()
  await screen.getByRole('button', { name: 'I have copied it' }).click()
  await expect.element(screen.getByRole('cell', { name: 'Nightly', exact: true })).toBeVisible()
  expect(document.body.innerHTML).not.toContain(secret)
  await screen.getByRole('button', { name: 'New token' }).click()
  await expect.element(screen.getByLabelText('Name')).toHaveValue('')
  expect(document.body.innerHTML).not.toContain(secret)
})

test('a token is revoked after a question that says what follows; an expired one says so', async () => {
  let tokens = [token(), token({ id: 2, name: 'Old one', expiresAt: '2026-01-02T00:00:00.000Z' })]
  const { calls } = fakeGateway({
    listApiTokens: () => ({ tokens }),
    revokeApiToken: () => {
      tokens = tokens.slice(1)
    },
  })
  const screen = await renderPage(<ApiTokenList />)
  await expect.element(screen.getByText('Expired')).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Revoke CI of the kiosks' }).click()
  await expect
    .element(screen.getByRole('dialog'))
    .toHaveTextContent('Whatever uses it is refused from this moment')
  expect(calls.some((call) => call.name === 'revokeApiToken')).toBe(false)
  await screen.getByRole('button', { name: 'Revoke', exact: true }).click()
  await expect
    .element(screen.getByRole('cell', { name: 'CI of the kiosks', exact: true }))
    .not.toBeInTheDocument()
  expect(calls.find((call) => call.name === 'revokeApiToken')?.params).toEqual({ tokenId: '1' })
})
