import { afterEach, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import type { DevicePage } from '#contract/device'
import { aFleet } from '@/testing/builders'
import { aDeviceRow, noFacets, uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { useToasts } from '@/ui/toast.store'
import { DeviceList } from './device-list'
import { clearSelection } from './selection.store'

afterEach(async () => {
  clearSelection()
  useToasts.setState({ toasts: [] })
  await page.viewport(1440, 900)
})

/** A list of so many devices, answered by their place. */
const longList = (total: number) => ({
  getDeviceFacets: () => noFacets,
  listFleets: () => ({ cursor: 1, fleets: [aFleet()] }),
  listDevices: ({ query }: { query: URLSearchParams }): DevicePage => {
    const from = Number(query.get('offset') ?? 0)
    const count = Math.max(0, Math.min(Number(query.get('limit')), total - from))
    const shown = Array.from({ length: count }, (_, index) =>
      aDeviceRow({ uuid: uuidOf(from + index + 1), name: `device-${from + index + 1}` }),
    )
    return { cursor: 10, rows: shown, total, next: null }
  },
})
const box = (screen: Awaited<ReturnType<typeof renderPage>>) =>
  screen.getByRole('region', { name: 'Devices' }).element()

test('any place of a long list can be gone to, without what lies between', async () => {
  const gateway = fakeGateway(longList(100_000))
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await expect.element(screen.getByRole('link', { name: 'device-1', exact: true })).toBeVisible()
  box(screen).scrollTo({ top: box(screen).scrollHeight })
  await expect.element(screen.getByRole('link', { name: 'device-100000', exact: true })).toBeVisible()
  await expect
    .element(screen.getByRole('row').filter({ hasText: 'device-100000' }))
    .toHaveAttribute('aria-rowindex', '100001')
  const offsets = gateway.calls
    .filter((call) => call.name === 'listDevices')
    .map((call) => Number(call.query.get('offset') ?? 0))
  expect(offsets.filter((offset) => offset > 300 && offset < 99_000)).toEqual([])
  // Another order begins at its top.
  await screen.getByRole('button', { name: 'Name' }).click()
  await expect.element(screen.getByRole('link', { name: 'device-1', exact: true })).toBeVisible()
})

test('Shift selects through rows that were never on screen, and says where that ends', async () => {
  fakeGateway(longList(5_000))
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await screen.getByRole('checkbox', { name: 'Select device-1', exact: true }).click()
  box(screen).scrollTo({ top: 1_000 * 40 })
  await screen
    .getByRole('checkbox', { name: 'Select device-1005', exact: true })
    .click({ modifiers: ['Shift'] })
  await expect.element(screen.getByText('1,005 devices selected')).toBeVisible()
  box(screen).scrollTo({ top: 4_000 * 40 })
  await screen
    .getByRole('checkbox', { name: 'Select device-4005', exact: true })
    .click({ modifiers: ['Shift'] })
  await expect.element(screen.getByText(/A range holds at most 2,000 rows/)).toBeVisible()
  await expect.element(screen.getByText('1,005 devices selected')).toBeVisible()
})

test.each([
  { widthPx: 1440, rowPx: 40 },
  { widthPx: 390, rowPx: 92 },
])(
  'rows that cannot be had say why within sight, $widthPx px wide, and come when asked for again',
  async ({ widthPx, rowPx }) => {
    await page.viewport(widthPx, 844)
    let isDown = true
    const { listDevices, ...rest } = longList(1_000)
    fakeGateway({
      ...rest,
      listDevices: (call) =>
        isDown && call.query.has('offset') ? refuse(503, 'The database is not reachable') : listDevices(call),
    })
    const screen = await renderPage(<DeviceList fleetId={1} />)
    await expect.element(screen.getByText('device-1', { exact: true })).toBeVisible()
    box(screen).scrollTo({ top: 500 * rowPx })
    await expect
      .element(screen.getByRole('alert'))
      .toHaveTextContent('Not all rows could be loaded: The database is not reachable')
    const again = screen.getByRole('button', { name: 'Try again' })
    await expect.element(again).toBeInViewport()
    // With the click and not before: a part of the list that is asked for by itself would take the button away.
    document.addEventListener('click', () => (isDown = false), { capture: true, once: true })
    await again.click()
    await expect.element(screen.getByText('device-501', { exact: true })).toBeVisible()
    await expect.element(screen.getByRole('alert')).not.toBeInTheDocument()
  },
)

test('selecting and names stand still beside columns that are scrolled sideways, where the table does not fit', async () => {
  fakeGateway(longList(3))
  const screen = await renderPage(<DeviceList fleetId={1} />)
  const name = screen.getByRole('cell').filter({ hasText: 'device-1' })
  await expect.element(name).toHaveStyle({ position: 'static' })
  await page.viewport(800, 844)
  await expect.element(name).toHaveStyle({ position: 'sticky' })
  const leftPx = name.element().getBoundingClientRect().left
  box(screen).scrollTo({ left: 200 })
  await expect.poll(() => box(screen).scrollLeft).toBe(200)
  expect(name.element().getBoundingClientRect().left).toBe(leftPx)
})

test('a view is saved in this browser under a name', async () => {
  fakeGateway(longList(3))
  const screen = await renderPage(<DeviceList />, { at: '/devices?sort=name' })
  await screen.getByRole('button', { name: 'Views' }).click()
  await screen.getByRole('menuitem', { name: 'Save this view…' }).click()
  await screen.getByLabelText('Name', { exact: true }).fill('By name')
  await screen.getByRole('button', { name: 'Save view' }).click()
  await expect.element(screen.getByRole('button', { name: 'By name' })).toBeVisible()
})
