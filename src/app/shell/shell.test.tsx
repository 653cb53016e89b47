import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryRouter, Link, RouterProvider } from 'react-router'
import { beforeEach, expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { render } from 'vitest-browser-react'
import type { FoundDevice } from '#contract/search'
import type { Role } from '#contract/session'
import { AccessContext } from '@/lib/permission'
import { SourceContext } from '@/lib/source'
import { useConnection } from '@/live/connection.store'
import { LiveContext } from '@/live/live-context'
import { expectAccessible } from '@/testing/accessibility'
import { aFleet } from '@/testing/builders'
import { uuidOf } from '@/testing/device-builders'
import { fakeGateway } from '@/testing/fake-gateway'
import { makeFakeLive } from '@/testing/render-page'
import { aSource } from '@/testing/source-builders'
import { PageHeader } from '@/ui/page-header'
import { Shell } from './shell'

const release = {
  id: 5,
  fleetId: 1,
  fleetName: 'Greenhouse sensors',
  semver: '2.1.0',
  commit: 'b'.repeat(32),
  status: 'final',
  notes: '',
  serviceCount: 1,
  sizeBytes: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'Ada',
  runningCount: 0,
  targetCount: 0,
  isFleetTarget: true,
  deviceTypes: [],
}

const found: FoundDevice[] = [
  {
    uuid: uuidOf(7),
    name: '<b>bold-field</b>',
    fleetId: 1,
    fleetName: 'Greenhouse sensors',
    health: 'critical',
    connectivity: 'offline',
    connectivityChangedAt: null,
    lastSeenAt: '2026-01-01T12:00:00.000Z',
    grade: 'end',
    matches: [{ field: 'serial', label: null, value: '100000001abc1234', grade: 'end' }],
  },
]

async function renderShell(role: Role = 'admin', isRead = false) {
  const router = createMemoryRouter(
    [
      {
        element: <Shell />,
        children: [
          {
            path: '/fleets/:fleetId?',
            element: (
              <>
                <PageHeader title="Fleets" />
                <Link to="/devices">To the devices</Link>
              </>
            ),
          },
          { path: '/devices', element: <PageHeader title="Devices" /> },
          { path: '*', element: <PageHeader title="Elsewhere" /> },
        ],
      },
    ],
    { initialEntries: ['/fleets'] },
  )
  const screen = await render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <AccessContext value={{ everywhere: role, fleets: [] }}>
        <SourceContext value={{ name: 'openBalena at api.example.com', missing: [], isRead }}>
          <LiveContext value={makeFakeLive().client}>
            <RouterProvider router={router} />
          </LiveContext>
        </SourceContext>
      </AccessContext>
    </QueryClientProvider>,
  )
  return { ...screen, router }
}

const gateway = () =>
  fakeGateway({
    getMe: () => ({
      user: {
        id: 1,
        name: 'Ada',
        email: 'ada@wheelhouse.test',
        signsInBy: 'password',
        role: 'admin',
        access: { everywhere: 'admin', fleets: [] },
      },
      csrfToken: 'c',
      expiresAt: '2030-01-01T00:00:00.000Z',
    }),
    getSource: () => aSource(new Date().toISOString()),
    getInbox: () => ({ cursor: 1, rows: [], unseen: 0, needsAction: [] }),
    listFleets: () => ({ cursor: 1, fleets: [aFleet()] }),
    searchDevices: ({ query }) => ({
      devices: found.filter(() => 'bc1234'.startsWith(query.get('q') ?? '')),
      isMore: true,
    }),
    listReleases: ({ query }) => ({
      cursor: 1,
      rows: '2.1.0'.startsWith(query.get('q') ?? '') ? [release] : [],
      total: 1,
      next: null,
      statusCounts: { draft: 0, final: 1, failed: 0 },
    }),
  })

beforeEach(() => {
  useConnection.setState({ status: 'live', lastHeardAtMs: Date.now(), reason: null })
})

test('the whole frame is accessible, and each page has its title', async () => {
  gateway()
  const screen = await renderShell()
  await expect.element(screen.getByRole('heading', { name: 'Fleets' })).toBeVisible()
  await expect.poll(() => document.title).toBe('Fleets · Wheelhouse')
  await expectAccessible()
})

test('the skip link leads to the content', async () => {
  gateway()
  const screen = await renderShell()
  await userEvent.tab()
  expect(document.activeElement).toBe(screen.getByRole('link', { name: 'Skip to content' }).element())
  await userEvent.keyboard('{Enter}')
  expect(document.activeElement).toBe(screen.getByRole('main').element())
})

test('after a change of page the focus is in the new content, and its title is read out', async () => {
  gateway()
  const screen = await renderShell()
  await screen.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click()
  await expect.element(screen.getByRole('heading', { name: 'Devices' })).toBeVisible()
  await expect.poll(() => document.activeElement).toBe(screen.getByRole('main').element())
  await expect.element(screen.getByText('Devices · Wheelhouse')).toBeInTheDocument()
})

test('what is typed right after the shortcut is searched for, and Enter opens it', async () => {
  gateway()
  const screen = await renderShell()
  await expect.element(screen.getByRole('heading', { name: 'Fleets' })).toBeVisible()
  await userEvent.keyboard('{Control>}k{/Control}')
  const palette = screen.getByRole('dialog', { name: 'Find anything' })
  const input = palette.getByRole('combobox')
  await expect.element(input).toHaveFocus()
  await expect.element(palette.getByRole('option', { name: /Greenhouse sensors/ })).toBeVisible()
  await expectAccessible()
  await userEvent.keyboard('2.1')
  await expect.element(palette.getByRole('option', { name: /2\.1\.0/ })).toBeVisible()
  await userEvent.keyboard('{Enter}')
  await expect.poll(() => screen.router.state.location.pathname).toBe('/releases/5')
  await expect.element(palette).not.toBeInTheDocument()
})

test('a device found by its serial number says so, with its state, fleet and when it was last heard', async () => {
  gateway()
  const screen = await renderShell()
  await userEvent.keyboard('{Control>}k{/Control}')
  const palette = screen.getByRole('dialog', { name: 'Find anything' })
  await palette.getByRole('combobox').fill('bc12')
  const option = palette.getByRole('option', { name: /bold-field/ })
  await expect.element(option).toHaveTextContent('<b>bold-field</b>')
  await expect.element(option).toHaveTextContent('serial number 100000001abc1234')
  await expect.element(option).toHaveTextContent('Greenhouse sensors · offline, last seen')
  await expect.element(option.getByRole('img', { name: 'Critical' })).toBeVisible()
  await expect.element(palette.getByRole('option', { name: /More match/ })).toBeVisible()
  await expectAccessible()
  await userEvent.keyboard('{Enter}')
  await expect.poll(() => screen.router.state.location.pathname).toBe(`/devices/${uuidOf(7)}`)
})

test('the palette says when nothing is called that, and the shortcut closes it again', async () => {
  gateway()
  const screen = await renderShell()
  await userEvent.keyboard('{Meta>}k{/Meta}')
  const palette = screen.getByRole('dialog', { name: 'Find anything' })
  await palette.getByRole('combobox').fill('zzzz')
  await expect.element(palette.getByText('Nothing is found for “zzzz”.')).toBeVisible()
  await userEvent.keyboard('{Meta>}k{/Meta}')
  await expect.element(palette).not.toBeInTheDocument()
})

test('what a role may not open it is not offered', async () => {
  gateway()
  const screen = await renderShell('viewer')
  const navigation = screen.getByRole('navigation', { name: 'Main' })
  await expect.element(navigation.getByRole('link', { name: 'Devices' })).toBeVisible()
  await expect.element(navigation.getByRole('link', { name: 'Audit log' })).not.toBeInTheDocument()
})

test('a lost connection is told with the time of what is shown; nothing moves and nothing is blanked', async () => {
  gateway()
  const screen = await renderShell()
  const heading = screen.getByRole('heading', { name: 'Fleets' })
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Live')
  const before = heading.element().getBoundingClientRect().top
  useConnection.setState({ status: 'reconnecting' })
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Reconnecting')
  useConnection.setState({ status: 'stale', lastHeardAtMs: new Date(2026, 0, 15, 12, 3, 11).getTime() })
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Stale since 12:03:11')
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent('As of 12:03:11: the gateway is not heard.')
  await expect.element(heading).toBeVisible()
  expect(heading.element().getBoundingClientRect().top).toBe(before)
  await expectAccessible()
})

test('where figures are read from elsewhere their age is beside the connection, and gives way when the gateway is not heard', async () => {
  const { calls } = gateway()
  const screen = await renderShell('viewer', true)
  const search = screen.getByRole('button', { name: /Find anything/ })
  const width = search.element().getBoundingClientRect().width
  const age = screen.getByTestId('source-age')
  await expect.element(age).toHaveTextContent(/Read from openBalena at api\.example\.com\s+\d s ago/)
  expect(calls.filter(({ name }) => name === 'getSource')).toHaveLength(1)
  await expectAccessible()
  // Nothing moved when it came.
  expect(search.element().getBoundingClientRect().width).toBe(width)
  useConnection.setState({ status: 'stale', lastHeardAtMs: new Date(2026, 0, 15, 12, 3, 11).getTime() })
  await expect.element(age).toHaveTextContent(/^Read at/)
  await expect.element(screen.getByRole('alert')).toHaveTextContent('As of 12:03:11')
})

test('where devices tell by themselves nothing is asked for about it', async () => {
  const { calls } = gateway()
  const screen = await renderShell()
  await expect.element(screen.getByRole('heading', { name: 'Fleets' })).toBeVisible()
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Live')
  expect(screen.getByTestId('source-age').query()).toBeNull()
  expect(calls.filter(({ name }) => name === 'getSource')).toEqual([])
})

test('a gateway that was never heard over the socket is told with the time of the first data', async () => {
  gateway()
  useConnection.setState({ status: 'connecting', lastHeardAtMs: null })
  const screen = await renderShell()
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Connecting')
  const startedAtMs = new Date(2026, 0, 15, 12, 3, 11).getTime()
  useConnection.setState({ status: 'stale', startedAtMs })
  await expect.element(screen.getByTestId('connection')).toHaveTextContent('Stale since 12:03:11')
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent('As of 12:03:11: the gateway is not heard.')
})
