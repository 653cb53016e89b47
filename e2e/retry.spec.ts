import type { Page } from '@playwright/test'
import { expectAccessible } from './fixtures/accessibility.ts'
import { makeFleet } from './fixtures/fleets.ts'
import { startPlainDevice } from './fixtures/plain-device.ts'
import { expect, test } from './fixtures/test.ts'

/** Lets writes to this address reach the gateway, but not their answers back, `times` times; answers how often it did. */
async function cutAnswers(page: Page, address: RegExp, times: number): Promise<{ cut: () => number }> {
  let cut = 0
  await page.route(address, async (route) => {
    if (route.request().method() === 'GET' || cut >= times) return route.continue()
    await route.fetch()
    cut += 1
    return route.abort('connectionreset')
  })
  return { cut: () => cut }
}

test('a write whose answer is lost is told as such; Retry finds it done, and does it no second time', async ({
  page,
  gateway,
}) => {
  const fleet = await makeFleet(gateway.api, 'Lost answers')
  const device = await startPlainDevice(gateway, fleet)
  const params = { uuid: device.uuid }
  await page.goto(`/devices/${device.uuid}`)
  const { cut } = await cutAnswers(page, /\/notes$/, 2)

  const panel = page.getByRole('region', { name: 'Notes' })
  await panel.getByRole('button', { name: 'Write a note' }).click()
  await panel.getByRole('textbox', { name: 'New note' }).fill('Ladder needed')
  await panel.getByRole('button', { name: 'Save note' }).click()
  const problem = panel.getByRole('alert')
  await expect(problem).toContainText('it is not known whether this was done')
  const retry = problem.getByRole('button', { name: 'Retry' })
  await expect(retry).toBeVisible()
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 })
    await expectAccessible(page)
  }

  // The answer is lost once more; what was typed is still there.
  await retry.click()
  await expect.poll(cut).toBe(2)
  await expect(problem).toContainText('not known')
  await expect(panel.getByRole('textbox', { name: 'New note' })).toHaveValue('Ladder needed')
  await retry.click()
  await expect(panel.getByRole('list', { name: 'Notes' }).getByRole('listitem')).toHaveCount(1)
  await expect(problem).toHaveCount(0)
  await expect(panel.getByRole('textbox', { name: 'New note' })).toHaveCount(0)

  const { notes } = await gateway.api.call('listDeviceNotes', { params })
  expect(notes.map(({ body }) => body)).toEqual(['Ladder needed'])
  const { rows } = await gateway.api.call('listAudit', { query: { q: 'Ladder needed' } })
  expect(rows).toHaveLength(1)
})

test('a write that never reached the gateway is done by Retry', async ({ page, gateway }) => {
  const fleet = await makeFleet(gateway.api, 'Lost requests')
  const device = await startPlainDevice(gateway, fleet)
  await page.goto(`/devices/${device.uuid}`)
  const panel = page.getByRole('region', { name: 'Notes' })
  await panel.getByRole('button', { name: 'Write a note' }).click()
  await panel.getByRole('textbox', { name: 'New note' }).fill('Behind the gate')
  await page.route(/\/notes$/, (route) =>
    route.request().method() === 'POST' ? route.abort('connectionrefused') : route.continue(),
  )
  await panel.getByRole('button', { name: 'Save note' }).click()
  await expect(panel.getByRole('alert')).toContainText('not known')
  await page.unroute(/\/notes$/)
  await panel.getByRole('button', { name: 'Retry' }).click()
  await expect(panel.getByRole('list', { name: 'Notes' })).toContainText('Behind the gate')
  const { rows } = await gateway.api.call('listAudit', { query: { q: 'Behind the gate' } })
  expect(rows).toHaveLength(1)
})
