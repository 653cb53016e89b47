import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import type { Inbox, InboxSnapshot, Notification } from '#contract/notification'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { currentAddress, makeFakeLive, renderPage } from '@/testing/render-page'
import { useToasts } from '@/ui/toast.store'
import { NotificationBell } from './notification-bell'
import { NotificationList } from './notification-list'
import { NotificationWatch } from './notification-watch'
import { useDesktopNotices } from './desktop-notices.store'

const aNotification = (own: Partial<Notification> = {}): Notification => ({
  id: 1,
  at: '2026-01-15T12:00:00.000Z',
  event: 'rollout.awaiting-approval',
  rolloutId: 7,
  device: null,
  fleetId: 1,
  fleetName: 'Kiosks',
  summary: 'Phase "Everyone" waits for approval.',
  actor: 'Wheelhouse',
  isSeen: false,
  ...own,
})
const anInbox = (rows: Notification[], own: Partial<Inbox> = {}): Inbox => ({
  rows,
  unseen: rows.filter((row) => !row.isSeen).length,
  needsAction: [],
  ...own,
})
const topic = { kind: 'notifications' } as const

/** The bell as the shell has it, with a gateway that knows what is seen. */
async function renderBell(inbox: Inbox, options: Parameters<typeof renderPage>[1] = {}) {
  const live = makeFakeLive()
  let held: InboxSnapshot = { cursor: 1, ...inbox }
  const { calls } = fakeGateway({
    getInbox: () => held,
    markNotificationsSeen: () => {
      held = { ...held, unseen: 0, rows: held.rows.map((row) => ({ ...row, isSeen: true })) }
      const { cursor: _cursor, ...answer } = held
      return answer
    },
  })
  const screen = await renderPage(
    <>
      <NotificationBell />
      <NotificationWatch />
    </>,
    { live, ...options },
  )
  /** What the gateway sends by the live connection; `from` the first revision. */
  const hear = async (next: Inbox) => {
    await expect.poll(() => live.isWatched(topic)).toBe(true)
    const { cursor } = held
    held = { cursor: cursor + 1, ...next }
    live.send(topic, { from: cursor, to: cursor + 1, data: next })
  }
  const marked = () => calls.filter((call) => call.name === 'markNotificationsSeen').map((call) => call.body)
  return { screen, hear, marked }
}

beforeEach(() => {
  useToasts.setState({ toasts: [] })
  useDesktopNotices.setState({ isWanted: false, permission: 'default' })
})

test('the bell counts what is unread, lists it, and marks all as read', async () => {
  const inbox = anInbox([aNotification({ id: 2 }), aNotification({ id: 1, isSeen: true, rolloutId: 6 })], {
    needsAction: [{ rolloutId: 7, fleetName: 'Kiosks', why: 'awaiting-approval' }],
  })
  const { screen, marked } = await renderBell(inbox)
  const bell = screen.getByRole('button', { name: 'Notifications: 1 unread notification' })
  await expect.element(bell).toBeVisible()
  await expect.poll(() => document.title).toMatch(/^\(1\) /)
  await bell.click()
  const panel = screen.getByRole('dialog', { name: 'Notifications' })
  await expect.element(panel.getByText('Waits for your decision')).toBeVisible()
  await expect
    .element(panel.getByRole('link', { name: 'Rollout 7 of Kiosks waits for approval' }))
    .toBeVisible()
  await expectAccessible()
  await panel.getByRole('button', { name: 'Mark all as read' }).click()
  await expect
    .element(screen.getByRole('button', { name: 'Notifications: No unread notifications' }))
    .toBeInTheDocument()
  expect(marked()).toEqual([{ through: 2 }])
  await expect.poll(() => document.title).not.toMatch(/^\(/)
  await userEvent.keyboard('{Escape}')
  await expect.element(panel).not.toBeInTheDocument()
})

test('a notification leads to its rollout and is read by that', async () => {
  const { screen, marked } = await renderBell(anInbox([aNotification({ id: 2 })]))
  await screen.getByRole('button', { name: /^Notifications/ }).click()
  await screen.getByRole('link', { name: /Phase "Everyone" waits for approval/ }).click()
  await expect.poll(currentAddress).toBe('/rollouts/7')
  await expect.poll(marked).toContainEqual({ ids: [2] })
})

test('what comes while the page is open is told with a link, what was there before or is seen is not', async () => {
  const old = aNotification({ id: 1 })
  const { screen, hear } = await renderBell(anInbox([old]))
  await hear(anInbox([aNotification({ id: 3, rolloutId: 9, summary: 'Paused by its gate.' }), old]))
  await expect.element(screen.getByText('Kiosks: Paused by its gate.')).toBeVisible()
  await expectAccessible()
  const own = aNotification({ id: 4, isSeen: true, summary: 'Paused rollout 9' })
  await hear(anInbox([own, aNotification({ id: 3, rolloutId: 9 }), old]))
  await expect
    .element(screen.getByRole('button', { name: 'Notifications: 2 unread notifications' }))
    .toBeVisible()
  expect(useToasts.getState().toasts.map(({ text }) => text)).toEqual(['Kiosks: Paused by its gate.'])
  await screen.getByRole('link', { name: 'Open rollout 9' }).click()
  await expect.poll(currentAddress).toBe('/rollouts/9')
})

test('many at once, as after a time without network, are told in one sentence', async () => {
  const { screen, hear } = await renderBell(anInbox([]))
  await hear(anInbox([6, 5, 4, 3].map((id) => aNotification({ id }))))
  await expect.element(screen.getByText('4 new notifications.')).toBeVisible()
  expect(useToasts.getState().toasts).toHaveLength(1)
})

test('who looks at the page of a rollout has read what is told of it', async () => {
  const other = aNotification({ id: 1, rolloutId: 6 })
  const { marked, hear } = await renderBell(anInbox([other]), { at: '/rollouts/7' })
  await hear(anInbox([aNotification({ id: 2 }), other]))
  await expect.poll(marked).toEqual([{ rolloutId: 7 }])
})

test('without anything, and when it cannot be had, the bell says so', async () => {
  const { screen } = await renderBell(anInbox([]), { role: 'viewer' })
  await screen.getByRole('button', { name: /^Notifications/ }).click()
  await expect.element(screen.getByText('Nothing has happened yet')).toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Mark all as read' })).toBeDisabled()
  await expectAccessible()
})

test('an inbox that fails to load can be asked for again', async () => {
  let isDown = true
  fakeGateway({
    getInbox: () => (isDown ? refuse(503, 'The gateway is busy') : { cursor: 1, ...anInbox([]) }),
  })
  const screen = await renderPage(<NotificationBell />)
  await screen.getByRole('button', { name: /^Notifications/ }).click()
  await expect.element(screen.getByText('The gateway is busy')).toBeVisible()
  isDown = false
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByText('Nothing has happened yet')).toBeVisible()
})

test('the browser is asked for desktop notifications on a click only; they come while the page is out of sight', async () => {
  const shown: string[] = []
  class FakeNotification {
    static permission = 'default'
    static requestPermission = vi.fn(() => Promise.resolve('granted'))
    onclick = null
    constructor(title: string, { body }: { body: string }) {
      shown.push(`${title} | ${body}`)
    }
  }
  vi.stubGlobal('Notification', FakeNotification)
  onTestFinished(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  const { screen, hear } = await renderBell(anInbox([]))
  await screen.getByRole('button', { name: /^Notifications/ }).click()
  expect(FakeNotification.requestPermission).not.toHaveBeenCalled()
  await screen.getByRole('button', { name: 'Also notify on the desktop' }).click()
  await expect
    .element(screen.getByRole('button', { name: 'Desktop notifications are on' }))
    .toHaveAttribute('aria-pressed', 'true')
  await hear(anInbox([aNotification({ id: 2 })]))
  await expect.element(screen.getByText('Kiosks: Phase "Everyone" waits for approval.')).toBeVisible()
  expect(shown).toEqual([])
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  await hear(anInbox([aNotification({ id: 3 }), aNotification({ id: 2 })]))
  await expect
    .poll(() => shown)
    .toEqual(['Waits for approval: rollout 7 | Kiosks: Phase "Everyone" waits for approval.'])
})

test('all notifications are a page with filters in the address', async () => {
  const { calls } = fakeGateway({
    getInbox: () => ({ cursor: 1, ...anInbox([aNotification({ id: 2 })]) }),
    listNotifications: ({ query }) => ({
      rows:
        query.get('event') === null ? [aNotification({ id: 2 }), aNotification({ id: 1, isSeen: true })] : [],
      next: null,
      counts: { event: { 'rollout.awaiting-approval': 2 }, seen: 1, unseen: 1 },
    }),
    markNotificationsSeen: () => refuse(503, 'The gateway is busy'),
  })
  const screen = await renderPage(<NotificationList />)
  await expect.element(screen.getByRole('listitem').nth(1)).toBeVisible()
  await expectAccessible()
  await screen.getByRole('checkbox', { name: /Unread only/ }).click()
  await expect.poll(currentAddress).toBe('/?unread=true')
  await expect.poll(() => calls.at(-1)?.query.get('isSeen')).toBe('false')
  await screen.getByRole('button', { name: 'Mark all as read' }).click()
  await expect.element(screen.getByText('The gateway is busy')).toBeVisible()
  await screen.getByRole('button', { name: 'What happened' }).click()
  await screen.getByRole('checkbox', { name: /Aborted/ }).click()
  await userEvent.keyboard('{Escape}')
  await expect.element(screen.getByText('No notification matches')).toBeVisible()
  await screen.getByRole('button', { name: 'Show all notifications' }).click()
  await expect.poll(currentAddress).toBe('/')
})

test('what a watched device did leads to the device, and is read there', async () => {
  const own = aNotification({
    event: 'device.returned',
    rolloutId: null,
    device: { uuid: 'c'.repeat(32), name: 'bold-field' },
    summary: 'Came back online after 3 h',
    actor: 'your watch',
  })
  const live = makeFakeLive()
  const { calls } = fakeGateway({
    getInbox: () => ({ cursor: 1, ...anInbox([own]) }),
    markNotificationsSeen: () => anInbox([{ ...own, isSeen: true }]),
  })
  const screen = await renderPage(
    <>
      <NotificationBell />
      <NotificationWatch />
    </>,
    { live, at: '/fleets' },
  )
  await screen.getByRole('button', { name: /1 unread notification/ }).click()
  const row = screen.getByRole('link', { name: /Device returned/ })
  await expect.element(row).toHaveTextContent('Came back online after 3 h')
  await row.click()
  await expect.poll(currentAddress).toBe(`/devices/${'c'.repeat(32)}`)
  await expect
    .poll(() => calls.filter(({ name }) => name === 'markNotificationsSeen').length)
    .toBeGreaterThan(0)
})
