import { afterEach, expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { SignInWays } from './sign-in-ways'

const openId = { name: 'Example Corp' }
const ways = (problem: string | null = null) => (
  <SignInWays next="/devices?q=a" problem={problem} onSignedIn={() => undefined} />
)
afterEach(() => {
  history.replaceState(null, '', location.pathname + location.search)
})

test('without a provider there is the form alone; with one its button leads there, and back to the page', async () => {
  fakeGateway({ getSetup: () => ({ isNeeded: false, hasPasswords: true, openId: null }) })
  const alone = await renderPage(ways())
  await expect.element(alone.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
  await expect.element(alone.getByRole('button', { name: /Sign in with/ })).not.toBeInTheDocument()
  await alone.unmount()

  const { calls } = fakeGateway({
    getSetup: () => ({ isNeeded: false, hasPasswords: true, openId }),
    // On this very page, so that the test goes on.
    startOpenId: () => ({ url: '#at-the-provider' }),
  })
  const screen = await renderPage(ways())
  await screen.getByRole('button', { name: 'Sign in with Example Corp' }).click()
  await expect.poll(() => location.hash).toBe('#at-the-provider')
  expect(calls.find((call) => call.name === 'startOpenId')?.body).toEqual({ next: '/devices?q=a' })
  await expectAccessible()
})

test('where passwords are switched off the provider is the one way', async () => {
  fakeGateway({ getSetup: () => ({ isNeeded: false, hasPasswords: false, openId }) })
  const screen = await renderPage(ways())
  await expect.element(screen.getByRole('button', { name: 'Sign in with Example Corp' })).toBeVisible()
  await expect.element(screen.getByLabelText('Password')).not.toBeInTheDocument()
  await expectAccessible()
})

test('why somebody came back stands there in words, and only what is known', async () => {
  fakeGateway({ getSetup: () => ({ isNeeded: false, hasPasswords: true, openId }) })
  const screen = await renderPage(ways('no-role'))
  await expect.element(screen.getByRole('alert')).toHaveTextContent(/Example Corp knows you, but/)
  await expectAccessible()
  await screen.unmount()
  const other = await renderPage(ways('<b>call this number</b>'))
  await expect.element(other.getByLabelText('Password')).toBeVisible()
  await expect.element(other.getByRole('alert')).not.toBeInTheDocument()
})

test('a provider that is down is told, can be tried again, and keeps nobody from their password', async () => {
  let isDown = true
  fakeGateway({
    getSetup: () => ({ isNeeded: false, hasPasswords: true, openId }),
    startOpenId: () => {
      if (!isDown) return { url: '#at-the-provider' }
      isDown = false
      return refuse(503, 'Signing in with Example Corp is not possible now')
    },
  })
  const screen = await renderPage(ways())
  const button = screen.getByRole('button', { name: 'Sign in with Example Corp' })
  await button.click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('not possible now')
  await expect.element(screen.getByLabelText('Password')).toBeEnabled()
  await button.click()
  await expect.poll(() => location.hash).toBe('#at-the-provider')
})

test('a gateway that does not say how one may sign in is asked for a password', async () => {
  fakeGateway({ getSetup: () => refuse(500, 'The gateway failed') })
  const screen = await renderPage(ways())
  await expect.element(screen.getByLabelText('Password')).toBeVisible()
})
