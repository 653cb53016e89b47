import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { TotpPanel } from './totp-panel'

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const recoveryCodes = Array.from('abcdefghij', (letter) => `${'abcd-'.repeat(5)}aaa${letter}`)

test('is switched on with the password and a code, and shows secret and recovery codes once', async () => {
  let isOn = false
  const { calls } = fakeGateway({
    getTotp: () => ({ isOn, recoveryCodesLeft: isOn ? 10 : 0 }),
    beginTotp: ({ body }) =>
      (body as { password: string }).password === 'wrong'
        ? refuse(400, 'The request is not valid', [
            { field: 'body.password', reason: 'is not your password' },
          ])
        : { secret, uri: `otpauth://totp/Wheelhouse:ada?secret=${secret}` },
    confirmTotp: ({ body }) => {
      if ((body as { code: string }).code !== '123456')
        return refuse(400, 'The request is not valid', [
          { field: 'body.code', reason: 'is not the code of now' },
        ])
      isOn = true
      return { recoveryCodes }
    },
  })
  const screen = await renderPage(<TotpPanel />)
  await screen.getByRole('button', { name: 'Switch on' }).click()
  await screen.getByLabelText('Password').fill('wrong')
  await screen.getByRole('button', { name: 'Continue' }).click()
  await expect.element(screen.getByLabelText('Password')).toHaveAccessibleDescription('is not your password')
  await expectAccessible()
  await screen.getByLabelText('Password').fill('right')
  await screen.getByRole('button', { name: 'Continue' }).click()
  await expect.element(screen.getByRole('img', { name: /QR code/ })).toBeVisible()
  await expect.element(screen.getByLabelText('Or by hand', { exact: true })).toHaveTextContent(secret)
  await expectAccessible()
  const dialog = screen.getByRole('dialog')
  await screen.getByLabelText('Code that the app shows').fill('000000')
  await dialog.getByRole('button', { name: 'Switch on' }).click()
  await expect
    .element(screen.getByLabelText('Code that the app shows'))
    .toHaveAccessibleDescription('is not the code of now')
  await screen.getByLabelText('Code that the app shows').fill('123456')
  await dialog.getByRole('button', { name: 'Switch on' }).click()
  await expect.element(screen.getByRole('list', { name: 'Recovery codes' })).toBeVisible()
  expect(screen.getByRole('listitem').elements()).toHaveLength(10)
  await expectAccessible()
  await screen.getByRole('button', { name: 'I have kept them' }).click()
  await expect.element(screen.getByText('Signing in asks for a code')).toBeVisible()
  expect(document.body.textContent).not.toContain(secret)
  expect(calls.filter((call) => call.name === 'confirmTotp')).toHaveLength(2)
})

test('is switched off with the password and a code, and says when recovery codes run short', async () => {
  let isOn = true
  const { calls } = fakeGateway({
    getTotp: () => ({ isOn, recoveryCodesLeft: 1 }),
    endTotp: ({ body }) => {
      if ((body as { code: string }).code === 'wrong')
        return refuse(400, 'The request is not valid', [
          { field: 'body.code', reason: 'is wrong, or was used already' },
        ])
      isOn = false
      return undefined
    },
  })
  const screen = await renderPage(<TotpPanel />)
  await expect.element(screen.getByText(/^1 recovery code left/)).toBeVisible()
  await screen.getByRole('button', { name: 'Switch off' }).click()
  const dialog = screen.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await expect.element(screen.getByLabelText('Password')).toHaveAccessibleDescription('Type your password')
  await screen.getByLabelText('Password').fill('right')
  await screen.getByLabelText('Code', { exact: true }).fill('wrong')
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await expect
    .element(screen.getByLabelText('Code', { exact: true }))
    .toHaveAccessibleDescription('is wrong, or was used already')
  await expectAccessible()
  await screen.getByLabelText('Code', { exact: true }).fill('123456')
  await dialog.getByRole('button', { name: 'Switch off' }).click()
  await expect
    .element(screen.getByText('Your password, or a one-time link, is enough to sign in.'))
    .toBeVisible()
  expect(calls.filter((call) => call.name === 'endTotp')).toHaveLength(2)
})

test('new recovery codes are made with the password and a code, and shown once', async () => {
  let recoveryCodesLeft = 2
  fakeGateway({
    getTotp: () => ({ isOn: true, recoveryCodesLeft }),
    renewRecoveryCodes: ({ body }) => {
      if ((body as { code: string }).code === 'wrong')
        return refuse(400, 'The request is not valid', [
          { field: 'body.code', reason: 'is wrong, or was used already' },
        ])
      recoveryCodesLeft = 10
      return { recoveryCodes }
    },
  })
  const screen = await renderPage(<TotpPanel />)
  await expect.element(screen.getByText(/^2 recovery codes left\. Make new ones/)).toBeVisible()
  await screen.getByRole('button', { name: 'New recovery codes' }).click()
  await screen.getByLabelText('Password').fill('right')
  await screen.getByLabelText('Code', { exact: true }).fill('wrong')
  await screen.getByRole('button', { name: 'Make new codes' }).click()
  await expect
    .element(screen.getByLabelText('Code', { exact: true }))
    .toHaveAccessibleDescription('is wrong, or was used already')
  await expectAccessible()
  await screen.getByLabelText('Code', { exact: true }).fill('123456')
  await screen.getByRole('button', { name: 'Make new codes' }).click()
  await expect.element(screen.getByText(/had before open nothing any more/)).toBeVisible()
  const codes = screen.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  expect(codes.elements()).toHaveLength(10)
  await expectAccessible()
  await screen.getByRole('button', { name: 'I have kept them' }).click()
  await expect.element(screen.getByText(/^10 recovery codes left/)).toBeVisible()
  expect(document.body.textContent).not.toContain(recoveryCodes[0])
})

test('where it cannot be read, it says so and can be tried again', async () => {
  let isDown = true
  fakeGateway({
    getTotp: () => {
      if (!isDown) return { isOn: false, recoveryCodesLeft: 0 }
      isDown = false
      return refuse(503, 'Too much at once')
    },
  })
  const screen = await renderPage(<TotpPanel />)
  await expect.element(screen.getByRole('alert')).toHaveTextContent('Too much at once')
  await expect.element(screen.getByRole('button', { name: 'Switch on' })).not.toBeInTheDocument()
  await screen.getByRole('button', { name: 'Try again' }).click()
  await expect.element(screen.getByRole('button', { name: 'Switch on' })).toBeVisible()
})
