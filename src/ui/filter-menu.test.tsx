import { useState } from 'react'
import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { expectAccessible } from '@/testing/accessibility'
import { renderPage } from '@/testing/render-page'
import { FilterMenu } from './filter-menu'

function Filtered({ start = [] }: { start?: string[] }) {
  const [selected, setSelected] = useState(start)
  return (
    <>
      <FilterMenu
        label="Health"
        options={[
          { value: 'critical', label: 'Critical', count: 3 },
          { value: 'ok', label: 'OK', count: 1200 },
        ]}
        selected={selected}
        onChange={setSelected}
      />
      <output>{selected.join(' ') || 'nothing'}</output>
    </>
  )
}

test('values are chosen and left by keyboard, with how many each would show', async () => {
  const screen = await renderPage(<Filtered />)
  await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  const critical = screen.getByRole('checkbox', { name: 'Critical 3' })
  await expect.element(critical).toBeVisible()
  await expect.element(screen.getByRole('checkbox', { name: 'OK 1,200' })).toBeVisible()
  await expectAccessible()
  critical.element().focus()
  await userEvent.keyboard(' ')
  await expect.element(critical).toBeChecked()
  await expect.element(screen.getByRole('status')).toHaveTextContent('critical')
  await userEvent.keyboard('{Escape}')
  await expect.element(critical).not.toBeInTheDocument()
  expect(document.activeElement).toBe(screen.getByRole('button', { name: /Health/ }).element())
})

test('a chosen value nobody has any more stays listed and can be taken back', async () => {
  const screen = await renderPage(<Filtered start={['gone']} />)
  await screen.getByRole('button', { name: /Health/ }).click()
  await expect.element(screen.getByRole('checkbox', { name: 'gone 0' })).toBeChecked()
  await screen.getByRole('button', { name: 'Clear this filter' }).click()
  await expect.element(screen.getByRole('status')).toHaveTextContent('nothing')
})
