import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet, makeRelease } from './fixtures/fleets.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

const person = {
  name: 'Nora Night',
  email: 'nora@wheelhouse.test',
  password: 'a passphrase for the night',
}

test('a role in one fleet: an administrator gives it, its holder sees that fleet alone, and more as soon as more is given', async ({
  page,
  browser,
  gateway,
  switchOn,
}) => {
  const shown = await makeFleet(gateway.api, 'Harbour kiosks')
  const hidden = await makeFleet(gateway.api, 'Vault sensors')
  for (const fleet of [shown, hidden])
    await makeRelease(gateway.api, fleet, {
      semver: '1.0.0',
      services: [{ name: 'main', version: '1.0.0' }],
    })
  switchOn([
    { fleet: shown, count: 1 },
    { fleet: hidden, count: 1 },
  ])
  const uuidIn = async (fleetId: number) => {
    const query = { fleetId }
    await expect.poll(async () => (await gateway.api.call('listDevices', { query })).total).toBe(1)
    return (await gateway.api.call('listDevices', { query })).rows[0]?.uuid ?? ''
  }
  const [ofShown, ofHidden] = [await uuidIn(shown.id), await uuidIn(hidden.id)]

  await page.goto('/settings/users')
  await page.getByRole('button', { name: 'Add a person' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(person.name)
  await dialog.getByLabel('E-mail').fill(person.email)
  await dialog.getByLabel('First password').fill(person.password)
  await dialog.getByLabel('Role in every fleet').selectOption('None: only in the fleets below')
  await dialog.getByLabel('Add a role in a single fleet').selectOption(shown.name)
  await dialog.getByLabel(`Role in ${shown.name}`).selectOption('Support')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('row', { name: new RegExp(person.email) })).toContainText('Support in 1 fleet')

  const context = await browser.newContext({ baseURL: gateway.url })
  const own = await context.newPage()
  try {
    await own.goto('/fleets')
    await new SignInPage(own).signIn(person)
    await new Shell(own).expectConnection('Live')
    await expect(own.getByRole('article', { name: shown.name })).toBeVisible()
    await expect(own.getByText(hidden.name)).toHaveCount(0)
    await expectAccessible(own)
    // What is not theirs is not there, by whatever address.
    await own.goto(`/fleets/${String(hidden.id)}`)
    await expect(own.getByRole('heading', { name: 'There is no such fleet' })).toBeVisible()
    await own.goto(`/devices/${ofHidden}`)
    await expect(own.getByText(hidden.name)).toHaveCount(0)
    await expect(own.getByText('There is no such device')).toBeVisible()
    // Support there: offered what support may, and no more.
    await own.goto(`/devices/${ofShown}`)
    await expect(own.getByRole('button', { name: 'Actions', exact: true }).first()).toBeVisible()
    await own.goto(`/fleets/${String(shown.id)}`)
    await expect(own.getByRole('link', { name: 'New rollout' })).toHaveCount(0)
    await own.goto('/fleets')
    await expect(own.getByRole('article', { name: shown.name })).toBeVisible()

    await page.getByRole('button', { name: 'Add a group' }).click()
    await dialog.getByLabel('Name').fill('Vault crew')
    await dialog.getByLabel('Add a role in a single fleet').selectOption(hidden.name)
    await dialog.getByRole('checkbox', { name: new RegExp(person.name) }).check()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByRole('row', { name: /Vault crew/ })).toContainText('Viewer in 1 fleet')
    // Without a reload: the open page asks anew as soon as the rights are others.
    await expect(own.getByRole('article', { name: hidden.name })).toBeVisible()
    await new Shell(own).expectConnection('Live')

    await page.getByRole('button', { name: 'Actions for Vault crew' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await expect(own.getByRole('article', { name: hidden.name })).toHaveCount(0)
    await expect(own.getByRole('article', { name: shown.name })).toBeVisible()
  } finally {
    await context.close()
  }
})

test('somebody sees where they are signed in and ends another session, whose page says so', async ({
  page,
  browser,
  gateway,
}) => {
  const account = { ...person, email: 'sam@wheelhouse.test' }
  await gateway.createUser(account, 'viewer')
  const open = async () => {
    const context = await browser.newContext({ baseURL: gateway.url })
    const own = await context.newPage()
    await own.goto('/settings/account')
    await new SignInPage(own).signIn(account)
    await new Shell(own).expectConnection('Live')
    return own
  }
  const forgotten = await open()
  const own = await open()
  try {
    await own.goto('/settings/account')
    const sessions = own.getByRole('table', { name: 'Your sessions' })
    await expect(sessions.getByRole('row')).toHaveCount(3)
    await expectAccessible(own)
    await sessions.getByRole('button', { name: /^End the session/ }).click()
    await own.getByRole('dialog').getByRole('button', { name: 'End it' }).click()
    await expect(sessions.getByRole('row')).toHaveCount(2)
    await expect(forgotten.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    // An administrator ends the rest.
    await page.goto('/settings/users')
    await page.getByRole('button', { name: `Actions for ${account.email}` }).click()
    await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click()
    await expect(own.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  } finally {
    await forgotten.context().close()
    await own.context().close()
  }
})
