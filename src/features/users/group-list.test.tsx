import { expect, test } from 'vitest'
import type { User, UserGroup } from '#contract/session'
import { aFleet } from '@/testing/builders'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { GroupList } from './group-list'

const account = (id: number, name: string): User => ({
  id,
  name,
  email: `${name.toLowerCase()}@wheelhouse.example`,
  signsInBy: 'password',
  access: { everywhere: null, fleets: [] },
  groupIds: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSignInAt: null,
  isDisabled: false,
  hasTotp: false,
})
const group = (own: Partial<UserGroup> = {}): UserGroup => ({
  id: 1,
  name: 'Night shift',
  access: { everywhere: null, fleets: [{ fleetId: 3, role: 'support' }] },
  memberIds: [1],
  createdAt: '2026-01-01T00:00:00.000Z',
  ...own,
})
const base = {
  listUsers: () => ({ users: [account(1, 'Nora'), account(2, 'Sam')] }),
  listFleets: () => ({
    cursor: 0,
    fleets: [aFleet({ id: 3, name: 'Harbour' }), aFleet({ id: 4, name: 'Vault' })],
  }),
}

test('a group is added with roles in single fleets and its members; a refusal stands at its field', async () => {
  let groups: UserGroup[] = []
  let isTaken = true
  const { calls } = fakeGateway({
    ...base,
    listGroups: () => ({ groups }),
    createGroup: () => {
      if (isTaken) {
        isTaken = false
        return refuse(409, 'A group named Vault crew exists', [
          { field: 'body.name', reason: 'belongs to another group' },
        ])
      }
      groups = [group({ name: 'Vault crew' })]
      return groups[0]
    },
  })
  const screen = await renderPage(<GroupList />)
  await expect.element(screen.getByText('No groups')).toBeVisible()
  await screen.getByRole('button', { name: 'Add a group' }).click()
  const dialog = screen.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect.element(dialog.getByLabelText('Name')).toHaveAccessibleDescription('must not be empty')
  await dialog.getByLabelText('Name').fill('Vault crew')
  await dialog.getByLabelText('Add a role in a single fleet').selectOptions('Vault')
  await dialog.getByLabelText('Role in Vault').selectOptions('release-manager')
  await dialog.getByLabelText('Add a role in a single fleet').selectOptions('Harbour')
  await dialog.getByRole('button', { name: 'No role of its own in Harbour' }).click()
  await dialog.getByRole('checkbox', { name: /Sam/ }).click()
  await expectAccessible()
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect.element(dialog.getByLabelText('Name')).toHaveAccessibleDescription('belongs to another group')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect.element(screen.getByRole('cell', { name: 'Vault crew', exact: true })).toBeVisible()
  expect(calls.filter((call) => call.name === 'createGroup').at(-1)?.body).toEqual({
    name: 'Vault crew',
    access: { everywhere: null, fleets: [{ fleetId: 4, role: 'release-manager' }] },
    memberIds: [2],
  })
})

test('a group says what it may and whom it has; it is deleted after a question that says what follows', async () => {
  let groups = [
    group(),
    group({ id: 2, name: 'Empty', access: { everywhere: 'viewer', fleets: [] }, memberIds: [] }),
  ]
  const { calls } = fakeGateway({
    ...base,
    listGroups: () => ({ groups }),
    deleteGroup: () => {
      groups = groups.slice(1)
    },
  })
  const screen = await renderPage(<GroupList />)
  await expect.element(screen.getByRole('cell', { name: 'Support in 1 fleet' })).toBeVisible()
  await expect.element(screen.getByRole('cell', { name: 'Viewer', exact: true })).toBeVisible()
  await expectAccessible()
  await screen.getByRole('button', { name: 'Actions for Night shift' }).click()
  await screen.getByRole('menuitem', { name: 'Delete' }).click()
  await expect.element(screen.getByRole('dialog')).toHaveTextContent('Support in 1 fleet, for 1 member')
  expect(calls.some((call) => call.name === 'deleteGroup')).toBe(false)
  await screen.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect.element(screen.getByRole('cell', { name: 'Night shift' })).not.toBeInTheDocument()
})
