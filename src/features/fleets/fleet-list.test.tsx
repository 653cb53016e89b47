import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet } from '@/testing/builders'
import { fakeGateway } from '@/testing/fake-gateway'
import { currentAddress, renderPage } from '@/testing/render-page'
import { useLiveQuery } from '@/live/use-live-query'
import { Button } from '@/ui/button'
import { QueryView } from '@/ui/query-view'
import { FleetList } from './fleet-list'
import { fleetQueries } from './fleets.queries'

const ok = { critical: 0, attention: 0, unknown: 0, ok: 40 }
const doors = aFleet({
  id: 2,
  name: 'Door locks',
  health: { ...ok, critical: 4 },
  devices: { total: 44, online: 40, late: 1, offline: 3, never: 0, updating: 2 },
  topReasons: [{ code: 'service-crash-loop', severity: 'critical', count: 4 }],
  lastHour: { wentOffline: 3, cameBack: 0, updated: 2, updateFailed: 0, healthWorsened: 4 },
  activeRollout: {
    id: 9,
    target: { kind: 'release', release: { id: 3, semver: '2.2.0', commit: 'c'.repeat(32) } },
    state: 'running',
    succeeded: 10,
    failed: 1,
    total: 44,
  },
})
const greenhouses = aFleet()

function LiveList() {
  const query = useLiveQuery(fleetQueries.list())
  return (
    <QueryView query={query} what="fleets">
      {({ fleets }) => <FleetList fleets={fleets} create={undefined} />}
    </QueryView>
  )
}

test('a card says what is wrong, with links to the devices concerned', async () => {
  const screen = await renderPage(<FleetList fleets={[doors]} create={undefined} />)
  const card = screen.getByRole('article', { name: 'Door locks' })
  await expect.element(card.getByRole('img', { name: /Health: Critical 4/ })).toBeInTheDocument()
  await expect
    .element(card.getByRole('link', { name: /Service crash-looping · 4/ }))
    .toHaveAttribute('href', '/fleets/2/devices?reason=service-crash-loop')
  await expect
    .element(card.getByRole('link', { name: /offline/ }))
    .toHaveAttribute('href', '/fleets/2/devices?connectivity=offline')
  await expect.element(card.getByText('Last hour: 3 went offline · 2 updated · 4 got worse')).toBeVisible()
  await expect.element(card.getByText('Rollout of 2.2.0: 10 of 44, 1 failed')).toBeVisible()
  await expectAccessible()
})

test('a fleet that gets worse moves up, but not while somebody is in the list', async () => {
  fakeGateway({ listFleets: () => ({ cursor: 5, fleets: [doors, greenhouses] }) })
  const screen = await renderPage(<LiveList />)
  const names = () =>
    screen
      .getByRole('article')
      .elements()
      .map((card) => card.getAttribute('aria-label'))
  await expect.element(screen.getByRole('article', { name: 'Door locks' })).toBeVisible()
  screen.getByRole('link', { name: 'Greenhouse sensors' }).element().focus()
  const worse = { ...greenhouses, health: { ...ok, critical: 30 } }
  screen.live.send({ kind: 'fleets' }, { from: 5, to: 6, data: { upserted: [worse], removed: [] } })
  await expect.element(screen.getByRole('img', { name: /Critical 30/ })).toBeInTheDocument()
  expect(names()).toEqual(['Door locks', 'Greenhouse sensors'])
  await expect.element(screen.getByText(/it is kept while you are in the list/)).toBeVisible()
  screen.getByRole('searchbox', { name: 'Search fleets' }).element().focus()
  await expect.poll(names).toEqual(['Greenhouse sensors', 'Door locks'])
})

test('search and filter are part of the address, and can be cleared', async () => {
  const screen = await renderPage(<FleetList fleets={[doors, greenhouses]} create={undefined} />, {
    at: '/fleets?q=green&with=rollout',
  })
  await expect.element(screen.getByText('0 of 2 fleets match')).toBeVisible()
  await screen.getByRole('button', { name: 'Clear search and filter' }).click()
  await expect.element(screen.getByRole('article', { name: 'Door locks' })).toBeVisible()
  await screen.getByRole('searchbox', { name: 'Search fleets' }).fill('door')
  await expect.poll(currentAddress).toBe('/fleets?q=door')
  await expect.element(screen.getByRole('article', { name: 'Greenhouse sensors' })).not.toBeInTheDocument()
})

test('without fleets an administrator is offered to make one, others are told whom to ask', async () => {
  const first = await renderPage(<FleetList fleets={[]} create={<Button>New fleet</Button>} />)
  await expect.element(first.getByRole('button', { name: 'New fleet' })).toBeVisible()
  await first.unmount()
  const second = await renderPage(<FleetList fleets={[]} create={undefined} />)
  await expect.element(second.getByText(/Ask an administrator/)).toBeVisible()
})
