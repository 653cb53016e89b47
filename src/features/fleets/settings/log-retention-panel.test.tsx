import { expect, test } from 'vitest'
import type { LogRetention } from '#contract/log-search'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { LogRetentionPanel } from './log-retention-panel'

const retention: LogRetention = {
  limits: { days: null, bytes: 2_000_000_000 },
  defaults: { days: 30, bytes: null, linesPerDevice: 100_000 },
  usage: {
    lines: 1_234_567,
    bytes: 345_000_000,
    oldestAt: '2026-01-01T00:00:00.000Z',
    newestAt: '2026-01-02T00:00:00.000Z',
  },
}

async function show(deleted: number, role: 'viewer' | 'admin' = 'admin') {
  const gateway = fakeGateway({
    getLogRetention: () => retention,
    previewLogRetention: () => ({ lines: deleted, bytes: deleted * 100, oldestKeptAt: null }),
    setLogRetention: () => retention,
  })
  const screen = await renderPage(<LogRetentionPanel fleetId={7} />, { role })
  const saved = () => gateway.calls.filter((call) => call.name === 'setLogRetention').map((call) => call.body)
  return { ...screen, saved }
}

test('usage and limits are shown; a longer time is saved at once', async () => {
  const { getByText, getByLabelText, getByRole, saved } = await show(0)
  await expect.element(getByText('1,234,567 lines, 345 MB')).toBeVisible()
  await expect.element(getByLabelText('Keep at most (GB)')).toHaveValue('2')
  await getByLabelText('Keep for (days)').fill('90')
  await expectAccessible()
  await getByRole('button', { name: 'Save' }).click()
  await expect.poll(saved).toEqual([{ days: 90, bytes: 2_000_000_000 }])
})

test('limits that delete lines ask before, by how many', async () => {
  const { getByText, getByLabelText, getByRole, saved } = await show(5_000)
  await getByLabelText('Keep at most (GB)').fill('0.5')
  await getByRole('button', { name: 'Save' }).click()
  await expect.element(getByText('5,000 lines', { exact: true })).toBeVisible()
  expect(saved()).toEqual([])
  await getByRole('button', { name: 'Save and delete' }).click()
  await expect.poll(saved).toEqual([{ days: null, bytes: 500_000_000 }])
})

test('what is no limit is said at its field, and nothing is sent', async () => {
  const { getByText, getByLabelText, getByRole, saved } = await show(0)
  await getByLabelText('Keep for (days)').fill('forever')
  await getByRole('button', { name: 'Save' }).click()
  await expect.element(getByText('must be a number from 0.1 to 3650, or empty')).toBeVisible()
  expect(saved()).toEqual([])
})

test('whoever may not change it is told who may', async () => {
  const { getByText, getByLabelText } = await show(0, 'viewer')
  await expect
    .element(getByText('An administrator can change this: lower limits delete lines.'))
    .toBeVisible()
  await expect.element(getByLabelText('Keep for (days)')).toBeDisabled()
})
