import { useState } from 'react'
import { expect, test, vi } from 'vitest'
import { userEvent } from 'vitest/browser'
import { renderPage } from '@/testing/render-page'
import { SearchInput } from './search-input'

test('the slash key leads to the search, Enter asks at once, Escape clears', async () => {
  const onChange = vi.fn()
  const screen = await renderPage(<SearchInput label="Search devices" value="" onChange={onChange} />)
  const input = screen.getByRole('searchbox', { name: 'Search devices' })
  await userEvent.keyboard('/')
  expect(document.activeElement).toBe(input.element())
  await userEvent.keyboard('door{Enter}')
  expect(onChange).toHaveBeenLastCalledWith('door')
  await userEvent.keyboard('{Escape}')
  expect(onChange).toHaveBeenLastCalledWith('')
})

test('typing asks once, after a pause', async () => {
  const onChange = vi.fn()
  const screen = await renderPage(<SearchInput label="Search devices" value="" onChange={onChange} />)
  await screen.getByRole('searchbox').click()
  await userEvent.keyboard('door')
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled())
  expect(onChange.mock.calls).toEqual([['door']])
})

function Addressed() {
  const [value, setValue] = useState('door')
  return (
    <>
      <SearchInput label="Search devices" value={value} onChange={vi.fn()} />
      <button onClick={() => setValue('')}>Back</button>
    </>
  )
}

test('an address that changes from outside wins over what was typed', async () => {
  const screen = await renderPage(<Addressed />)
  const input = screen.getByRole('searchbox')
  await expect.element(input).toHaveValue('door')
  await input.fill('gate')
  await screen.getByRole('button', { name: 'Back' }).click()
  await expect.element(input).toHaveValue('')
})
