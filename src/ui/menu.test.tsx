import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { createPart } from '@/lib/part'
import { Button } from './button'
import { TriggerInWaiting } from './hanging'
import { Menu } from './menu'

const onRename = vi.fn()
const menu = (
  <Menu
    label="More"
    trigger={<Button>More</Button>}
    items={[
      { label: 'Rename', onSelect: onRename },
      'separator',
      { label: 'Delete', onSelect: vi.fn(), isDangerous: true },
    ]}
  />
)

test('opens by keyboard before its code is here, takes the focus and gives it back', async () => {
  const screen = await renderPage(menu)
  const button = screen.getByRole('button', { name: 'More' })
  await expect.element(button).toHaveAttribute('aria-haspopup', 'menu')
  await expect.element(button).toHaveAttribute('aria-expanded', 'false')
  await userEvent.tab()
  await userEvent.keyboard('{ArrowDown}')
  await expect.element(screen.getByRole('menuitem', { name: 'Rename' })).toBeVisible()
  await expectAccessible()
  await userEvent.keyboard('{Escape}')
  await expect.element(screen.getByRole('menu')).not.toBeInTheDocument()
  await vi.waitFor(() => expect(document.activeElement).toBe(button.element()))
  await userEvent.keyboard('{Enter}')
  await screen.getByRole('menuitem', { name: 'Rename' }).click()
  expect(onRename).toHaveBeenCalledTimes(1)
  await expect.element(screen.getByRole('menu')).not.toBeInTheDocument()
})

test('a button in waiting fetches the code when the pointer or the focus comes near, and says that it is busy', async () => {
  const fetchIt = vi.fn(() => Promise.resolve('code'))
  const onWant = vi.fn()
  const waiting = (isWanted: boolean) => (
    <TriggerInWaiting
      trigger={<Button>More</Button>}
      part={createPart(fetchIt)}
      opens="dialog"
      isWanted={isWanted}
      onWant={onWant}
    />
  )
  const screen = await renderPage(waiting(false))
  const button = screen.getByRole('button', { name: 'More' })
  await userEvent.tab()
  expect(fetchIt).toHaveBeenCalledTimes(1)
  await userEvent.keyboard('{ArrowDown}')
  expect(onWant).not.toHaveBeenCalled()
  await button.click()
  expect(onWant).toHaveBeenCalledTimes(1)
  await screen.unmount()
  const wanted = await renderPage(waiting(true))
  await expect.element(wanted.getByRole('button', { name: 'More' })).toHaveAttribute('aria-busy', 'true')
})
