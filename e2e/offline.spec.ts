import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { startPlainDevice } from './fixtures/plain-device.ts'
import { administrator } from './fixtures/test-gateway.ts'
import { expect, test } from './fixtures/test.ts'
import { Shell } from './pages/shell.ts'
import { SignInPage } from './pages/sign-in-page.ts'

test.use({ serviceWorkers: 'allow' })

/** Runs in the page: everything that the browser keeps of what was seen, as text; `''` when nothing. */
const keptText = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    // Opening what is not there yet would make it, empty.
    const databases = await indexedDB.databases()
    if (!databases.some(({ name }) => name === 'wheelhouse')) return ''
    return new Promise<string>((resolve) => {
      const opening = indexedDB.open('wheelhouse')
      opening.onerror = () => resolve('')
      opening.onsuccess = () => {
        const database = opening.result
        const done = (text: string) => {
          database.close()
          resolve(text)
        }
        if (!database.objectStoreNames.contains('last-known')) {
          done('')
          return
        }
        const reading = database.transaction('last-known').objectStore('last-known').getAll()
        reading.onsuccess = () => done(reading.result.length === 0 ? '' : JSON.stringify(reading.result))
        reading.onerror = () => done('')
      }
    })
  })

/** The files of the app are kept, and the page is one that the service worker answers. */
const whenShellIsKept = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller) return
    await new Promise((resolve) =>
      navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
    )
  })

const sizes = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]

test('without the gateway the page starts with what was last seen, marked as such, and heals by itself', async ({
  page,
  gateway,
}) => {
  const fleet = await makeFleet(gateway.api, 'Seen before')
  const device = await startPlainDevice(gateway, fleet)
  await gateway.api.call('updateDevice', { params: { uuid: device.uuid }, body: { name: 'last-seen-heron' } })
  const shell = new Shell(page)
  const banner = page
    .getByRole('alert')
    .filter({ hasText: /^Offline\. What you see was last updated at .*\d\d:\d\d/ })

  await page.goto('/fleets')
  await expect(page.getByRole('article', { name: fleet.name })).toBeVisible()
  await shell.expectConnection('Live')
  await whenShellIsKept(page)
  await expect.poll(() => keptText(page)).toContain(fleet.name)
  await page.goto(`/devices/${device.uuid}`)
  const heading = page.getByRole('heading', { level: 1 })
  await expect(heading).toContainText('last-seen-heron')
  await shell.expectConnection('Live')
  await expect.poll(() => keptText(page)).toContain('last-seen-heron')
  expect(await keptText(page)).not.toMatch(/"csrfToken":"[^"]/)

  await gateway.process.stop()
  await page.reload()
  await expect(heading).toContainText('last-seen-heron')
  await expect(banner).toBeVisible()
  await shell.expectConnection('Stale')
  for (const size of sizes) {
    await page.setViewportSize(size)
    await expectAccessible(page)
  }

  await test.step('writing is refused in words', async () => {
    const panel = page.getByRole('region', { name: 'Notes' })
    await panel.getByRole('button', { name: 'Write a note' }).click()
    await panel.getByRole('textbox', { name: 'New note' }).fill('Written offline')
    await panel.getByRole('button', { name: 'Save note' }).click()
    await expect(panel.getByText(/Offline: nothing was sent/)).toBeVisible()
  })

  await page.goto('/fleets')
  await expect(page.getByRole('article', { name: fleet.name })).toBeVisible()
  await expect(banner).toBeVisible()
  for (const size of sizes) {
    await page.setViewportSize(size)
    await expectAccessible(page)
  }

  await gateway.process.start()
  await expect(banner).toHaveCount(0)
  await shell.expectConnection('Live')
  await gateway.api.call('updateFleet', { params: { fleetId: fleet.id }, body: { name: 'Seen again' } })
  await expect(page.getByRole('article', { name: 'Seen again' })).toBeVisible()
  const { notes } = await gateway.api.call('listDeviceNotes', { params: { uuid: device.uuid } })
  expect(notes).toEqual([])
})

test.describe('a session of its own', () => {
  test.use({ role: null })

  test('signing out takes what was kept with it', async ({ page, gateway }) => {
    const fleet = await makeFleet(gateway.api, 'Not for others')
    const shell = new Shell(page)
    await page.goto('/fleets')
    await new SignInPage(page).signIn(administrator)
    await expect(page.getByRole('article', { name: fleet.name })).toBeVisible()
    await whenShellIsKept(page)
    await expect.poll(() => keptText(page)).toContain(fleet.name)
    await shell.chooseFromAccountMenu('Sign out')
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
    await expect.poll(() => keptText(page)).toBe('')

    await gateway.process.stop()
    await page.goto('/fleets')
    await expect(page.getByText('The gateway cannot be reached.')).toBeVisible()
    await expect(page.getByText(fleet.name)).toHaveCount(0)
    await gateway.process.start()
  })
})
