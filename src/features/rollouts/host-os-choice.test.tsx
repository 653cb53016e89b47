import { useState } from 'react'
import { expect, test } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { HostOsChoice } from './host-os-choice'

const choices = [
  { version: '6.5.3', running: 0, missingTypes: ['Raspberry Pi 1 / Zero'] },
  { version: '6.4.0', running: 12, missingTypes: [] },
]

function Choice() {
  const [version, setVersion] = useState('')
  return (
    <>
      <HostOsChoice choices={choices} value={version} onChange={setVersion} />
      <output aria-label="Chosen">{version}</output>
    </>
  )
}

test('a known version says how many run it and which types have no image; any other is checked', async () => {
  const screen = await renderPage(<Choice />)
  const list = screen.getByLabelText('Host OS version', { exact: true })
  await expect
    .element(screen.getByRole('option', { name: '6.5.3 · on no device yet · not for Raspberry Pi 1 / Zero' }))
    .toBeInTheDocument()
  await list.selectOptions('6.4.0 · runs on 12 devices')
  await expect.element(screen.getByLabelText('Chosen')).toHaveTextContent('6.4.0')
  await list.selectOptions('Another version…')
  const typed = screen.getByLabelText('Version', { exact: true })
  await typed.fill('newest')
  await expect.element(screen.getByText(/^It must be a version such as 6\.5\.3/)).toBeVisible()
  await typed.fill('7.0.0+rev1')
  await expect.element(screen.getByText(/^No image of it is known/)).toBeVisible()
  await expect.element(screen.getByLabelText('Chosen')).toHaveTextContent('7.0.0+rev1')
  await expectAccessible()
})

test('a version that a link names is shown as the listed one once the known ones are here', async () => {
  function Late() {
    const [isHere, setHere] = useState(false)
    return (
      <>
        <button type="button" onClick={() => setHere(true)}>
          Load
        </button>
        <HostOsChoice choices={isHere ? choices : []} value="6.4.0" onChange={() => undefined} />
      </>
    )
  }
  const screen = await renderPage(<Late />)
  const list = screen.getByLabelText('Host OS version', { exact: true })
  await expect.element(list).toHaveValue('6.4.0')
  await screen.getByRole('button', { name: 'Load' }).click()
  await expect.element(screen.getByRole('option', { name: '6.4.0 · runs on 12 devices' })).toBeInTheDocument()
  await expect.element(list).toHaveValue('6.4.0')
  expect(screen.getByLabelText('Version', { exact: true }).query()).toBeNull()
})
