import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { createPart } from '@/lib/part'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { Palette } from './palette'

/** What a page's own shortcuts would see: keys that were typed into no field. */
const strayKeys = vi.fn()
const listen = (event: KeyboardEvent) => {
  if (!(event.target instanceof HTMLInputElement)) strayKeys(event.key)
}

beforeEach(() => {
  strayKeys.mockReset()
  document.addEventListener('keydown', listen)
  fakeGateway({
    listFleets: () => ({ cursor: 1, fleets: [] }),
    searchDevices: () => ({ devices: [], isMore: false }),
    listReleases: () => ({
      cursor: 1,
      rows: [],
      total: 0,
      next: null,
      statusCounts: { draft: 0, final: 0, failed: 0 },
    }),
  })
})
afterEach(() => document.removeEventListener('keydown', listen))

test('what is typed while its code is on the way is kept, searched for and typed on', async () => {
  let arrive: () => void = () => undefined
  const arrived = new Promise<void>((resolve) => (arrive = resolve))
  const part = createPart(() => arrived.then(() => import('./command-palette')))
  const screen = await renderPage(<Palette onClose={vi.fn()} part={part} />)
  const palette = screen.getByRole('dialog', { name: 'Find anything' })
  await expect.element(palette.getByRole('textbox')).toHaveFocus()
  await userEvent.keyboard('jx/au')
  await expectAccessible()
  arrive()
  const field = palette.getByRole('combobox')
  await expect.element(field).toHaveFocus()
  await expect.element(field).toHaveValue('jx/au')
  await userEvent.keyboard('dit')
  await expect.element(palette.getByText('Nothing is found for “jx/audit”.')).toBeVisible()
  expect(strayKeys).not.toHaveBeenCalled()
})

test('code that cannot be had is said', async () => {
  const part = { get: () => null, load: () => Promise.reject(new Error('gone')) }
  const screen = await renderPage(<Palette onClose={vi.fn()} part={part} />)
  await expect.element(screen.getByRole('dialog', { name: 'The search could not be loaded' })).toBeVisible()
})
