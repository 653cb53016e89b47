import { afterEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { BulkResult, DeviceFacets, DeviceFilter, DevicePage, DeviceRow } from '#contract/device'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet } from '@/testing/builders'
import { aDeviceRow, noFacets, uuidOf } from '@/testing/device-builders'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, makeFakeLive, renderPage } from '@/testing/render-page'
import { DeviceList } from './device-list'
import { clearSelection } from './selection.store'

const rows = Array.from({ length: 6 }, (_, index) =>
  aDeviceRow({ uuid: uuidOf(index + 1), name: `device-${index + 1}`, tags: { site: 'Bremen' } }),
)
const pageOf = (some: DeviceRow[], total = some.length): DevicePage => ({
  cursor: 10,
  rows: some,
  total,
  next: null,
})
const facets: DeviceFacets = {
  ...noFacets,
  health: [
    { value: 'ok', label: 'ok', count: 5 },
    { value: 'critical', label: 'critical', count: 1 },
  ],
  pinned: [{ value: 'false', label: 'Not pinned', count: 6 }],
}
const emptyFilter: DeviceFilter = {
  q: '',
  health: [],
  connectivity: [],
  reason: [],
  deviceType: [],
  release: [],
  os: [],
  update: [],
  tag: [],
}
const topicOf = (some: DeviceRow[]) => ({
  kind: 'devices' as const,
  filter: { ...emptyFilter, fleetId: 1 },
  sort: 'trouble' as const,
  uuids: some.map((row) => row.uuid),
})
const answers = (some = rows, total?: number) => ({
  listDevices: () => pageOf(some, total),
  getDeviceFacets: () => facets,
  listFleets: () => ({ cursor: 1, fleets: [aFleet()] }),
})

afterEach(async () => {
  clearSelection()
  await page.viewport(1440, 900)
})

test('a ticked filter goes into the URL and to the gateway, and can be cleared', async () => {
  const gateway = fakeGateway(answers())
  const screen = await renderPage(<DeviceList />, { at: '/devices' })
  await screen.getByRole('button', { name: 'Health', exact: true }).first().click()
  await screen.getByRole('checkbox', { name: /Critical 1/ }).click()
  await expect.poll(currentAddress).toBe('/devices?health=critical')
  await expect
    .poll(() =>
      gateway.calls
        .filter((call) => call.name === 'listDevices')
        .at(-1)
        ?.query.get('health'),
    )
    .toBe('critical')
  await userEvent.keyboard('{Escape}')
  await screen.getByRole('button', { name: 'Clear all' }).click()
  await expect.poll(currentAddress).toBe('/devices')
})

test('a click on a header sorts on the gateway and says so', async () => {
  const gateway = fakeGateway(answers())
  const screen = await renderPage(<DeviceList fleetId={1} />, { at: '/fleets/1/devices' })
  await expect
    .element(screen.getByRole('columnheader', { name: 'Health' }))
    .toHaveAttribute('aria-sort', 'ascending')
  await screen.getByRole('button', { name: 'Name' }).click()
  await screen.getByRole('button', { name: 'Name' }).click()
  await expect
    .element(screen.getByRole('columnheader', { name: 'Name' }))
    .toHaveAttribute('aria-sort', 'descending')
  await expect.poll(currentAddress).toBe('/fleets/1/devices?sort=name&direction=desc')
  await expect
    .poll(() =>
      gateway.calls
        .filter((call) => call.name === 'listDevices')
        .at(-1)
        ?.query.get('sort'),
    )
    .toBe('name')
})

test('Shift selects a range; all that match can be meant instead', async () => {
  fakeGateway(answers(rows, 412))
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await screen.getByRole('checkbox', { name: 'Select device-2' }).click()
  await screen.getByRole('checkbox', { name: 'Select device-5' }).click({ modifiers: ['Shift'] })
  await expect.element(screen.getByText('4 devices selected')).toBeVisible()
  await screen.getByRole('button', { name: 'Select all 412 that match' }).click()
  await expect.element(screen.getByText('412 devices selected')).toBeVisible()
  await screen.getByRole('checkbox', { name: 'Select device-1' }).click()
  await expect.element(screen.getByText('5 devices selected')).toBeVisible()
})

const preview: BulkResult = {
  matched: 412,
  applied: 400,
  offline: 30,
  batchId: null,
  refused: [{ reason: 'Belongs to another fleet than the release', count: 12, examples: ['odd-one'] }],
}

async function openReboot(bulk: (isPreview: boolean) => unknown) {
  const gateway = fakeGateway({
    ...answers(rows, 412),
    bulkDevices: ({ body }) => bulk((body as { isPreview: boolean }).isPreview),
  })
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await screen.getByRole('checkbox', { name: 'Select all rows that are loaded' }).click()
  await screen.getByRole('button', { name: 'Select all 412 that match' }).click()
  await screen.getByRole('button', { name: 'Actions', exact: true }).click()
  await screen.getByRole('menuitem', { name: 'Reboot…' }).click()
  return { gateway, screen, dialog: screen.getByRole('dialog', { name: 'Reboot' }) }
}

test('a bulk operation tells by a preview what it would do, asks for the number, then does it', async () => {
  const { gateway, screen, dialog } = await openReboot(() => preview)
  await expect.element(dialog.getByText('400 devices', { exact: true })).toBeVisible()
  await expect.element(dialog.getByText(/30 devices of these cannot be heard/)).toBeVisible()
  await expect.element(dialog.getByText(/12 left out: Belongs to another fleet/)).toBeVisible()
  await expectAccessible()
  const confirm = dialog.getByRole('button', { name: 'Reboot 400 devices' })
  await expect.element(confirm).toBeDisabled()
  expect(gateway.calls.filter((call) => call.name === 'bulkDevices')).toHaveLength(1)
  await dialog.getByLabelText('Type 400 to confirm').fill('400')
  await confirm.click()
  await expect.element(screen.getByText('Reboot: asked of 400 devices; 12 refused')).toBeVisible()
  expect(gateway.calls.filter((call) => call.name === 'bulkDevices').at(-1)?.body).toMatchObject({
    isPreview: false,
    selection: { kind: 'filter', expectedCount: 412 },
    operation: { kind: 'action', action: 'reboot' },
  })
  await expect.element(screen.getByText('412 devices selected')).not.toBeInTheDocument()
})

test('a refused bulk operation says why and leaves the selection', async () => {
  const { screen, dialog } = await openReboot((isPreview) =>
    isPreview ? preview : refuse(409, 'The filter now matches 410 devices'),
  )
  await dialog.getByLabelText('Type 400 to confirm').fill('400')
  await dialog.getByRole('button', { name: 'Reboot 400 devices' }).click()
  await expect.element(dialog.getByRole('alert')).toHaveTextContent('The filter now matches 410 devices')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect.element(screen.getByText('412 devices selected')).toBeVisible()
})

test('what the role may not do is there, disabled, with the reason', async () => {
  fakeGateway(answers())
  const screen = await renderPage(<DeviceList fleetId={1} />, { role: 'support' })
  await screen.getByRole('checkbox', { name: 'Select device-1' }).click()
  await screen.getByRole('button', { name: 'Actions', exact: true }).click()
  const pin = screen.getByRole('menuitem', { name: /Pin to a release/ })
  await expect.element(pin).toHaveAttribute('aria-disabled', 'true')
  await expect.element(pin).toHaveTextContent('Needs the role release-manager')
})

test('a row changes where it stands; what would move it is counted until asked for', async () => {
  let served = rows
  fakeGateway({ ...answers(), listDevices: () => pageOf(served) })
  const live = makeFakeLive()
  const screen = await renderPage(<DeviceList fleetId={1} />, { live })
  await expect.poll(() => live.isWatched(topicOf(rows))).toBe(true)
  const worse = { ...rows[5]!, health: 'critical' as const, revision: 2 }
  live.send(topicOf(rows), { from: 10, to: 11, data: { upserted: [worse], left: [], entered: 2, total: 7 } })
  const last = screen.getByRole('row').nth(6)
  await expect.element(last).toHaveTextContent('device-6')
  await expect.element(last).toHaveTextContent('Critical')
  await expect.element(screen.getByText('7 devices')).toBeVisible()
  served = [worse, ...rows.slice(0, 5)]
  await screen.getByRole('button', { name: '3 changed: refresh the list' }).click()
  await expect.element(screen.getByRole('row').nth(1)).toHaveTextContent('device-6')
  await expect.element(screen.getByRole('button', { name: /changed: refresh/ })).not.toBeInTheDocument()
})

test('what came in or left since the list was read moves no row, and leaves no gap', async () => {
  fakeGateway(answers())
  const live = makeFakeLive()
  const screen = await renderPage(<DeviceList fleetId={1} />, { live })
  await expect.poll(() => live.isWatched(topicOf(rows))).toBe(true)
  const patch = { upserted: [], left: [rows[1]!.uuid], entered: 0, total: 5 }
  live.send(topicOf(rows), { from: 10, to: 11, data: patch })
  await expect.element(screen.getByText('5 devices', { exact: true })).toBeVisible()
  await expect.element(screen.getByRole('link', { name: 'device-6' })).toBeVisible()
  live.send(topicOf(rows), { from: 11, to: 12, data: { upserted: [], left: [], entered: 4, total: 9 } })
  await expect.element(screen.getByText('9 devices', { exact: true })).toBeVisible()
  expect(screen.container.querySelectorAll('tbody tr')).toHaveLength(6)
})

test('j and k go through the rows, x selects, a slash goes to the search', async () => {
  fakeGateway(answers())
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await expect.element(screen.getByRole('link', { name: 'device-1' })).toBeVisible()
  await userEvent.keyboard('j')
  await expect.element(screen.getByRole('link', { name: 'device-1' })).toHaveFocus()
  await userEvent.keyboard('jj')
  await expect.element(screen.getByRole('link', { name: 'device-3' })).toHaveFocus()
  await userEvent.keyboard('k')
  await expect.element(screen.getByRole('link', { name: 'device-2' })).toHaveFocus()
  await userEvent.keyboard('x')
  await expect.element(screen.getByRole('checkbox', { name: 'Select device-2' })).toBeChecked()
  await userEvent.keyboard('/')
  await expect.element(screen.getByRole('searchbox', { name: 'Search devices' })).toHaveFocus()
})

test('no device at all says how the first one comes; a filter that leaves none can be cleared', async () => {
  fakeGateway(answers([]))
  const screen = await renderPage(<DeviceList fleetId={1} />, { at: '/fleets/1/devices' })
  await expect.element(screen.getByText('No devices yet')).toBeVisible()
  await expect
    .element(screen.getByRole('link', { name: 'To the fleet’s settings' }))
    .toHaveAttribute('href', '/fleets/1/settings')
  await screen.getByRole('searchbox').fill('nowhere')
  await expect.element(screen.getByText('No device matches')).toBeVisible()
  await screen.getByRole('button', { name: 'Clear search and filters' }).click()
  await expect.element(screen.getByText('No devices yet')).toBeVisible()
})

test('a list that cannot be loaded says why and tries again', async () => {
  let isDown = true
  fakeGateway({
    ...answers(),
    listDevices: () => (isDown ? refuse(503, 'The database is not reachable') : pageOf(rows)),
  })
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The database is not reachable')
  isDown = false
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByRole('link', { name: 'device-1' })).toBeVisible()
})

test('a search that cannot be answered can be taken back', async () => {
  fakeGateway({
    ...answers(),
    listDevices: ({ query }) =>
      query.get('q') === 'zz' ? refuse(400, 'This search is not possible') : pageOf(rows),
  })
  const screen = await renderPage(<DeviceList />, { at: '/devices?q=zz' })
  await expect.element(screen.getByRole('alert')).toHaveTextContent('This search is not possible')
  await expect.element(screen.getByText('Loading…')).not.toBeInTheDocument()
  await expectAccessible()
  await screen.getByRole('searchbox', { name: 'Search devices' }).fill('')
  await expect.element(screen.getByText('6 devices')).toBeVisible()
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument()
})

test('the list is accessible as a table and, on a phone, as cards', async () => {
  fakeGateway(answers())
  const screen = await renderPage(<DeviceList fleetId={1} />)
  await expect.element(screen.getByRole('table', { name: 'Devices' })).toBeVisible()
  await expectAccessible()
  await page.viewport(390, 844)
  await expect.element(screen.getByRole('list', { name: 'Devices' })).toBeVisible()
  await expect.element(screen.getByRole('listitem').filter({ hasText: 'device-1' })).toBeVisible()
  await expectAccessible()
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(390)
})
