import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { User } from '#contract/session'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { UserList } from './user-list'

const account = (own: Partial<User> = {}): User => ({
  id: 1,
  name: 'Test person',
  email: 'person@wheelhouse.example',
  signsInBy: 'password',
  access: { everywhere: 'admin', fleets: [] },
  groupIds: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSignInAt: null,
  isDisabled: false,
  hasTotp: false,
  ...own,
})
const users = [
  account(),
  account({
    id: 2,
    name: 'Other person',
    email: 'other@wheelhouse.example',
    access: { everywhere: 'viewer', fleets: [] },
  }),
]

test('a person is added only with what the gateway will take, and its refusal stands at the field', async () => {
  const taken = refuse(409, 'An account with this e-mail exists', [
    { field: 'body.email', reason: 'belongs to another account' },
  ])
  const { calls } = fakeGateway({
    listUsers: () => ({ users }),
    listFleets: () => ({ cursor: 0, fleets: [] }),
    createUser: () => taken.clone(),
  })
  const screen = await renderPage(<UserList ownId={1} />)
  await screen.getByRole('button', { name: 'Add a person' }).click()
  await screen.getByRole('button', { name: 'Add', exact: true }).click()
  await expect.element(screen.getByLabelText('Name')).toHaveAccessibleDescription('must not be empty')
  await expect
    .element(screen.getByLabelText('E-mail'))
    .toHaveAccessibleDescription('must be an e-mail address')
  await expect
    .element(screen.getByLabelText('First password'))
    .toHaveAccessibleDescription('must have at least 12 characters')
  expect(calls.some((call) => call.name === 'createUser')).toBe(false)
  await expectAccessible()
  await screen.getByLabelText('Name').fill('New person')
  await screen.getByLabelText('E-mail').fill('other@wheelhouse.example')
  await screen.getByLabelText('Role in every fleet').selectOptions('support')
  await screen.getByLabelText('First password').fill('long enough for this')
  await screen.getByRole('button', { name: 'Add', exact: true }).click()
  await expect
    .element(screen.getByLabelText('E-mail'))
    .toHaveAccessibleDescription('belongs to another account')
  expect(calls.find((call) => call.name === 'createUser')?.body).toEqual({
    name: 'New person',
    email: 'other@wheelhouse.example',
    access: { everywhere: 'support', fleets: [] },
    password: 'long enough for this',
  })
})

test('nobody can disable their own account; another is disabled after a question', async () => {
  const { calls } = fakeGateway({
    listUsers: () => ({ users }),
    updateUser: ({ params }) => ({ ...users[1], id: Number(params['userId']), isDisabled: true }),
  })
  const screen = await renderPage(<UserList ownId={1} />)
  await screen.getByRole('button', { name: 'Actions for person@' }).click()
  await expect
    .element(screen.getByRole('menuitem', { name: /Disable/ }))
    .toHaveAttribute('aria-disabled', 'true')
  await userEvent.keyboard('{Escape}')
  await screen.getByRole('button', { name: 'Actions for other@' }).click()
  await screen.getByRole('menuitem', { name: 'Disable' }).click()
  expect(calls.some((call) => call.name === 'updateUser')).toBe(false)
  await screen.getByRole('button', { name: 'Disable', exact: true }).click()
  await expect
    .poll(() => calls.find((call) => call.name === 'updateUser')?.body)
    .toEqual({ isDisabled: true })
  await expect.element(screen.getByText('Other person can no longer sign in', { exact: true })).toBeVisible()
})

test('a sign-in link is shown once', async () => {
  const url = 'http://127.0.0.1:8080/link#token=abc'
  fakeGateway({
    listUsers: () => ({ users }),
    createSignInLink: () => ({ url, expiresAt: '2026-01-01T01:00:00.000Z' }),
  })
  const screen = await renderPage(<UserList ownId={1} />)
  const open = async () => {
    await screen.getByRole('button', { name: 'Actions for other@' }).click()
    await screen.getByRole('menuitem', { name: 'Make a sign-in link' }).click()
  }
  await open()
  await screen.getByRole('button', { name: 'Make the link' }).click()
  await expect.element(screen.getByLabelText('Sign-in link', { exact: true })).toHaveTextContent(url)
  await expectAccessible()
  await screen.getByRole('button', { name: 'Done' }).click()
  await open()
  await expect.element(screen.getByRole('button', { name: 'Make the link' })).toBeVisible()
  expect(document.body.textContent).not.toContain(url)
})

test('whom the OpenID provider knows has rights and ways to sign in that are changed there', async () => {
  fakeGateway({ listUsers: () => ({ users: [account({ id: 3, signsInBy: 'openid' })] }) })
  const screen = await renderPage(<UserList ownId={1} />)
  await expect.element(screen.getByText('OpenID', { exact: true })).toBeVisible()
  await screen.getByRole('button', { name: 'Actions for person@' }).click()
  for (const name of [/Change name or roles/, /Set a new password/, /Make a sign-in link/])
    await expect.element(screen.getByRole('menuitem', { name })).toHaveAttribute('aria-disabled', 'true')
  await expect
    .element(screen.getByRole('menuitem', { name: 'Disable' }))
    .not.toHaveAttribute('aria-disabled', 'true')
  await expectAccessible()
})

test('the second step is reset for somebody else, after a question', async () => {
  let hasTotp = true
  const { calls } = fakeGateway({
    listUsers: () => ({
      users: [account({ hasTotp: true }), account({ id: 2, email: 'other@x.example', hasTotp })],
    }),
    resetTotp: () => {
      hasTotp = false
    },
  })
  const screen = await renderPage(<UserList ownId={1} />)
  await screen.getByRole('button', { name: 'Actions for person@' }).click()
  await expect
    .element(screen.getByRole('menuitem', { name: /Reset the second step/ }))
    .toHaveAttribute('aria-disabled', 'true')
  await userEvent.keyboard('{Escape}')
  await screen.getByRole('button', { name: 'Actions for other@' }).click()
  await screen.getByRole('menuitem', { name: 'Reset the second step' }).click()
  expect(calls.some((call) => call.name === 'resetTotp')).toBe(false)
  await expectAccessible()
  await screen.getByRole('button', { name: 'Reset', exact: true }).click()
  await expect.element(screen.getByText('Test person is asked for no code any more')).toBeVisible()
  expect(calls.find((call) => call.name === 'resetTotp')?.params).toEqual({ userId: '2' })
})
