import { expect, test } from 'vitest'
import type { UserSession } from '#contract/session'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { SessionsPanel } from './sessions-panel'

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const session = (own: Partial<UserSession> = {}): UserSession => ({
  id: 1,
  userAgent: CHROME,
  address: '192.0.2.7',
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSeenAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-02-01T00:00:00.000Z',
  isCurrent: false,
  ...own,
})

test('each session is told by its browser; another one is ended after a question', async () => {
  let sessions = [session({ id: 1, isCurrent: true }), session({ id: 2, userAgent: 'curl/8.5.0' })]
  const { calls } = fakeGateway({
    listOwnSessions: () => ({ sessions }),
    endOwnSession: () => {
      sessions = sessions.slice(0, 1)
    },
  })
  const screen = await renderPage(<SessionsPanel />)
  await expect.element(screen.getByText('Chrome on Linux')).toBeVisible()
  await expect.element(screen.getByText('this one')).toBeVisible()
  expect(screen.getByRole('button', { name: /^End the session/ }).elements()).toHaveLength(1)
  await expectAccessible()
  await screen.getByRole('button', { name: 'End the session in curl/8.5.0' }).click()
  expect(calls.some((call) => call.name === 'endOwnSession')).toBe(false)
  await screen.getByRole('button', { name: 'End it' }).click()
  await expect.element(screen.getByText('curl/8.5.0')).not.toBeInTheDocument()
  expect(calls.find((call) => call.name === 'endOwnSession')?.params).toEqual({ sessionId: '2' })
  await expect
    .element(screen.getByRole('button', { name: 'Sign out everywhere else' }))
    .not.toBeInTheDocument()
})

test('a failure to end all others is told, and can be tried again', async () => {
  let isDown = true
  fakeGateway({
    listOwnSessions: () => ({
      sessions: isDown
        ? [session({ id: 1, isCurrent: true }), session({ id: 2 })]
        : [session({ id: 1, isCurrent: true })],
    }),
    endOtherSessions: () => {
      if (isDown) {
        isDown = false
        return refuse(503, 'Too much at once')
      }
      return { ended: 1 }
    },
  })
  const screen = await renderPage(<SessionsPanel />)
  await screen.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await screen.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect.element(screen.getByRole('dialog')).toHaveTextContent('Too much at once')
  await screen.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect.element(screen.getByText('1 session ended', { exact: true })).toBeVisible()
})
