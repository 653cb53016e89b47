import type { Browser, Page } from '@playwright/test'
import { roles, type Role } from '#contract/session'
import { expectAccessible } from './fixtures/accessibility.ts'
import {
  linkedViews,
  roleBelow,
  routesOfRouter,
  withoutView,
  type LinkedView,
} from './fixtures/linked-views.ts'
import { setQuietStage } from './fixtures/quiet-stage.ts'
import type { TestGateway } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { digestOf } from './fixtures/view-digest.ts'
import { SignInPage } from './pages/sign-in-page.ts'

/** A page of somebody who has just been given an account and has never been here. */
async function colleagueOf(gateway: TestGateway, browser: Browser, role: Role) {
  const name = `Colleague ${role}`
  const account = { name, email: `colleague-${role}@wheelhouse.test`, password: `a ${role} passphrase` }
  await gateway.createUser(account, role)
  const context = await browser.newContext({ baseURL: gateway.url })
  const page = await context.newPage()
  let isSignedIn = false
  return {
    page,
    /** Opens a link; true for the first one, which leads by way of sign-in. */
    open: async (path: string) => {
      await page.goto(path, { waitUntil: 'commit' })
      if (isSignedIn) return false
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
      await new SignInPage(page).signIn(account)
      isSignedIn = true
      return true
    },
    leave: () => context.close(),
  }
}

/** Goes there as a press on a link does: without loading the page. */
const goInPage = (page: Page, path: string) =>
  page.evaluate((next) => {
    history.pushState({ key: String(performance.now()) }, '', next)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)

/** Waits until both see the same, and all that the link's state brings about. */
async function expectSameView(sender: Page, colleague: Page, view: LinkedView): Promise<void> {
  const compare = async () => {
    const theirs = await digestOf(colleague)
    const shown = JSON.stringify({ ...theirs, address: '' })
    expect(theirs, `${view.path} is loaded`).not.toBeNull()
    expect(
      view.shows.filter((part) => !shown.includes(part)),
      `${view.path} does not show`,
    ).toEqual([])
    const own = Object.fromEntries(view.byPerson.map((part) => [part, theirs?.[part]]))
    expect(theirs, view.path).toEqual({ ...(await digestOf(sender)), ...own })
  }
  await expect.soft(compare).toPass({ timeout: 20_000, intervals: [50, 100] })
}

test('every view comes back from its link, for a colleague who signs in first, and only with the role for it', async ({
  page,
  browser,
  gateway,
}) => {
  test.setTimeout(240_000)
  await test.step('the sender has read what other stories on this gateway told', async () => {
    await page.goto('/notifications?unread=true')
    const main = page.getByRole('main')
    const readAll = main.getByRole('button', { name: 'Mark all as read' })
    await expect(async () => {
      if (await readAll.isEnabled()) await readAll.click()
      await expect(main.getByText('All is read')).toBeVisible({ timeout: 2000 })
    }).toPass()
  })
  const stage = await setQuietStage(gateway, 'Handed over by links')
  const views = linkedViews(stage)

  await test.step('no route of the app is without a view', () => {
    const wanted = routesOfRouter().filter((route) => !withoutView.includes(route))
    expect([...new Set(views.map(({ route }) => route))].sort()).toEqual(wanted.sort())
  })

  await page.goto('/fleets')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const visited = new Set<string>()
  const linked = new Set<string>()
  for (const role of roles)
    await test.step(`the role ${role} comes to the same views, and to no others`, async () => {
      const colleague = await colleagueOf(gateway, browser, role)
      for (const view of views) {
        if (view.role !== role) continue
        await goInPage(page, view.path)
        const isFirst = await colleague.open(view.path)
        await expectSameView(page, colleague.page, view)
        // Every other one has been loaded by its address alone; this one came by way of sign-in.
        if (isFirst) {
          await colleague.page.reload()
          await expectSameView(page, colleague.page, view)
        }
        if (view.refusal !== undefined)
          await expect(colleague.page.getByRole('main')).toContainText(view.refusal.secret)
        for (const path of [view.path, page.url()]) visited.add(new URL(path, gateway.url).pathname)
        const links = page.locator('main nav ul a, nav[aria-label="Main"] a')
        const found = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
        for (const path of found) linked.add(new URL(path, gateway.url).pathname)
      }
      const refused = views.filter((view) => view.refusal !== undefined && roleBelow(view.role) === role)
      for (const [index, { path, refusal }] of refused.entries()) {
        await colleague.open(path)
        await expect(colleague.page.getByText(refusal?.title ?? '')).toBeVisible()
        await expect(colleague.page.getByRole('main')).not.toContainText(refusal?.secret ?? '')
        if (index === 0) await expectAccessible(colleague.page)
      }
      await colleague.leave()
    })
  expect(
    [...linked].filter((path) => !visited.has(path)),
    'tabs without a view',
  ).toEqual([])
  // Other stories share the gateway and count what waits for a decision and what is unread.
  const params = { rolloutId: stage.rolloutId, verb: 'abort' } as const
  await gateway.api.call('actOnRollout', { params, body: { reason: 'The story is told' } })
  await page.goto(`/rollouts/${stage.rolloutId}`)
  await expect(page.getByRole('button', { name: 'Notifications: No unread notifications' })).toBeAttached()
})
