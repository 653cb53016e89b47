import { expect, test, vi } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { ShareButton } from './share-button'

test('the link is copied with its time fixed, and says what a colleague sees and needs', async () => {
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
  const screen = await renderPage(<ShareButton since="2026-01-01T00:00:00.000Z" />, {
    at: `/devices/${'a'.repeat(32)}/logs?range=1h&service=main`,
  })
  await screen.getByRole('button', { name: 'Share' }).click()
  const panel = screen.getByRole('dialog', { name: 'Share this view' })
  await expect.element(panel).toHaveTextContent(/sees the log from .* to .*, with your filters/)
  await expect.element(panel).toHaveTextContent('role viewer or above')
  await expectAccessible()
  await panel.getByRole('button', { name: 'Copy link' }).click()
  await expect.element(screen.getByText('Link copied')).toBeVisible()
  const copied = new URL(write.mock.calls[0]?.[0] ?? '')
  expect(copied.searchParams.get('service')).toBe('main')
  expect(copied.searchParams.get('range')).toBeNull()
  const length =
    Date.parse(copied.searchParams.get('to') ?? '') - Date.parse(copied.searchParams.get('from') ?? '')
  expect(length).toBe(3_600_000)
})

test('variables need another role; where the browser forbids copying, the link can be selected', async () => {
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('not allowed'))
  const screen = await renderPage(<ShareButton since="2026-01-01T00:00:00.000Z" />, {
    at: `/devices/${'a'.repeat(32)}/variables`,
  })
  await screen.getByRole('button', { name: 'Share' }).click()
  const panel = screen.getByRole('dialog', { name: 'Share this view' })
  await expect.element(panel).toHaveTextContent('role support or above')
  await panel.getByRole('button', { name: 'Copy link' }).click()
  await expect.element(screen.getByText(/select the link and copy it by hand/)).toBeVisible()
  await expect.element(panel.getByRole('textbox', { name: 'Link' })).toHaveAttribute('readonly')
})
