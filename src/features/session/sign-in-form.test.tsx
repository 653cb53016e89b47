import { expect, test, vi } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { LinkForm } from './link-form'
import { SignInForm } from './sign-in-form'

const me = {
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
}
const refusal = (code: string, title: string) => {
  const body = { type: 'urn:wheelhouse:problem:test', title, status: 401, code, errors: [] }
  return new Response(JSON.stringify(body), {
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
  })
}
/** Takes one code, says no to others, and asks where there is none. */
const answerTo = (body: unknown) => {
  const { code } = body as { code?: string }
  if (code === undefined) return refusal('code-needed', 'One more step')
  return code === '123456' ? me : refusal('wrong-code', 'Not signed in')
}

test('an account that asks for a code is asked in a second step; a wrong one can be mended', async () => {
  const { calls } = fakeGateway({ signIn: ({ body }) => answerTo(body) })
  const onSignedIn = vi.fn()
  const screen = await renderPage(<SignInForm onSignedIn={onSignedIn} />)
  await screen.getByLabelText('E-mail').fill('ada@wheelhouse.test')
  await screen.getByLabelText('Password').fill('a long enough password')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await expect.element(screen.getByLabelText('Code')).toHaveFocus()
  await expect.element(screen.getByRole('alert')).not.toBeInTheDocument()
  await expectAccessible()
  await screen.getByLabelText('Code').fill('000000')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Not signed in')
  await expectAccessible()
  await screen.getByLabelText('Code').fill('123456')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce())
  const first = { email: 'ada@wheelhouse.test', password: 'a long enough password' }
  expect(calls.map((call) => call.body)).toEqual([
    first,
    { ...first, code: '000000' },
    { ...first, code: '123456' },
  ])
})

test('one can go back to the first step, and is led there when the password is wrong by then', async () => {
  let isChanged = false
  fakeGateway({
    signIn: ({ body }) => (isChanged ? refuse(401, 'The password is wrong') : answerTo(body)),
  })
  const screen = await renderPage(<SignInForm onSignedIn={() => undefined} />)
  await screen.getByLabelText('E-mail').fill('ada@wheelhouse.test')
  await screen.getByLabelText('Password').fill('a long enough password')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await screen.getByRole('button', { name: 'Back' }).click()
  await expect.element(screen.getByLabelText('E-mail')).toHaveValue('ada@wheelhouse.test')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await screen.getByLabelText('Code').fill('123456')
  isChanged = true
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('The password is wrong')
  await expect.element(screen.getByLabelText('Password')).toBeVisible()
})

test('a one-time link waits for the code', async () => {
  const { calls } = fakeGateway({ signInByLink: ({ body }) => answerTo(body) })
  const onSignedIn = vi.fn()
  const screen = await renderPage(<LinkForm token="t" onSignedIn={onSignedIn} />)
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await expect.element(screen.getByLabelText('Code')).toHaveFocus()
  await expectAccessible()
  await screen.getByLabelText('Code').fill('123456')
  await screen.getByRole('button', { name: 'Sign in' }).click()
  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce())
  expect(calls.map((call) => call.body)).toEqual([{ token: 't' }, { token: 't', code: '123456' }])
})
