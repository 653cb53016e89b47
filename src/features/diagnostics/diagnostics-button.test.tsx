import { expect, onTestFinished, test, vi } from 'vitest'
import { aDevice } from '@/testing/device-builders'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { DiagnosticsButton } from './diagnostics-button'

/** The names of files that the page lets the browser save. */
function watchDownloads(): string[] {
  const saved: string[] = []
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push(`${this.download} ${this.protocol}`)
  })
  onTestFinished(() => click.mockRestore())
  return saved
}

test('collecting takes a moment that is told, then the archive is saved under its name', async () => {
  const saved = watchDownloads()
  let answer: (response: Response) => void = () => undefined
  const gateway = fakeGateway({
    downloadDiagnostics: () => new Promise<Response>((resolve) => (answer = resolve)),
  })
  const screen = await renderPage(<DiagnosticsButton device={aDevice()} />)
  const button = screen.getByRole('button', { name: 'Diagnostics' })
  await button.click()
  await expect.element(button).toBeDisabled()
  await expect.element(screen.getByText(/the device may need some seconds/)).toBeInTheDocument()
  await expectAccessible()
  answer(
    new Response(new Uint8Array(2000), {
      headers: { 'content-disposition': 'attachment; filename="diagnostics-bold-field.zip"' },
    }),
  )
  await expect.element(screen.getByText('Diagnostics of bold-field saved: 2 kB')).toBeVisible()
  expect(saved).toEqual(['diagnostics-bold-field.zip blob:'])
  expect(gateway.calls).toMatchObject([{ params: { uuid: aDevice().uuid }, body: {} }])
  await expect.element(button).toBeEnabled()
})

test('a failure is said, and it can be tried again', async () => {
  const saved = watchDownloads()
  fakeGateway({ downloadDiagnostics: () => refuse(503, 'The gateway is stopping') })
  const screen = await renderPage(<DiagnosticsButton device={aDevice()} />)
  await screen.getByRole('button', { name: 'Diagnostics' }).click()
  await expect
    .element(screen.getByText('No diagnostics of bold-field: The gateway is stopping'))
    .toBeVisible()
  await expect.element(screen.getByRole('button', { name: 'Diagnostics' })).toBeEnabled()
  expect(saved).toEqual([])
})

test('a viewer is not offered it', async () => {
  fakeGateway({})
  const screen = await renderPage(
    <>
      <p>The device</p>
      <DiagnosticsButton device={aDevice()} />
    </>,
    { role: 'viewer' },
  )
  await expect.element(screen.getByText('The device')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Diagnostics' }).query()).toBeNull()
})
