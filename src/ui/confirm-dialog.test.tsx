import { expect, test, vi } from 'vitest'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { ConfirmDialog } from './confirm-dialog'

const props = { title: 'Delete it?', confirmLabel: 'Delete', isPending: false, error: null, onClose: vi.fn() }

test('what cannot be taken back waits until its name is typed', async () => {
  const onConfirm = vi.fn()
  const screen = await renderPage(
    <ConfirmDialog {...props} isDangerous typeToConfirm="Greenhouse" onConfirm={onConfirm}>
      All of it goes.
    </ConfirmDialog>,
  )
  const confirm = screen.getByRole('button', { name: 'Delete', exact: true })
  await expect.element(confirm).toBeDisabled()
  const field = screen.getByLabelText('Type Greenhouse to confirm')
  await field.fill('greenhouse')
  await expect.element(confirm).toBeDisabled()
  await field.fill('Greenhouse')
  await confirm.click()
  expect(onConfirm).toHaveBeenCalledTimes(1)
  await expectAccessible()
})

test('while it is under way it cannot be asked for twice, and a refusal is told', async () => {
  const screen = await renderPage(
    <ConfirmDialog {...props} isPending error={new Error('It still has 3 devices')} onConfirm={vi.fn()}>
      All of it goes.
    </ConfirmDialog>,
  )
  await expect.element(screen.getByRole('button', { name: 'Delete', exact: true })).toBeDisabled()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('It still has 3 devices')
})
