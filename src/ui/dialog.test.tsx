import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { Button } from './button'
import { Dialog } from './dialog'

function Opener() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open</Button>
      {isOpen && (
        <Dialog title="New fleet" onClose={() => setOpen(false)} footer={<Button>Create</Button>}>
          <input aria-label="Name" />
        </Dialog>
      )}
    </>
  )
}

test('the focus goes into the dialog, stays there, and returns', async () => {
  const screen = await renderPage(<Opener />)
  const opener = screen.getByRole('button', { name: 'Open' })
  await opener.click()
  const dialog = screen.getByRole('dialog', { name: 'New fleet' })
  await expect.element(dialog).toBeVisible()
  expect(document.activeElement).toBe(screen.getByLabelText('Name').element())
  for (let press = 0; press < 6; press++) {
    await userEvent.tab()
    const focused = document.activeElement
    expect(focused === document.body || dialog.element().contains(focused)).toBe(true)
  }
  await expectAccessible()
  await userEvent.keyboard('{Escape}')
  await expect.element(dialog).not.toBeInTheDocument()
  expect(document.activeElement).toBe(opener.element())
})

test('a click beside it closes, a click inside does not', async () => {
  const onClose = vi.fn()
  const screen = await renderPage(
    <Dialog title="New fleet" onClose={onClose}>
      Body
    </Dialog>,
  )
  await screen.getByText('Body').click()
  expect(onClose).not.toHaveBeenCalled()
  await screen.getByRole('dialog').click({ position: { x: -20, y: -20 }, force: true })
  expect(onClose).toHaveBeenCalledTimes(1)
})
