import { useState } from 'react'
import { Link } from 'react-router'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { renderPage } from '@/testing/render-page'
import { useSearchState } from './search-state'
import { useArrival } from './use-arrival'

const search = z.object({ note: z.string().default('') })

function Form() {
  const [{ note }, update] = useSearchState(search)
  const [text, setText] = useState(note)
  return (
    <input
      aria-label="Note"
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        // What ends in a space is not done yet.
        if (!event.target.value.endsWith(' ')) update({ note: event.target.value }, { replace: true })
      }}
    />
  )
}

function Page() {
  return (
    <>
      <Form key={useArrival()} />
      <Link to="/?note=theirs">Another</Link>
    </>
  )
}

test('a form keeps what is half typed, and begins anew where a link leads to another state of it', async () => {
  const screen = await renderPage(<Page />, { at: '/?note=mine' })
  const field = screen.getByLabelText('Note')
  await expect.element(field).toHaveValue('mine')
  await field.fill('mine too')
  await field.fill('mine too, ')
  await expect.element(field).toHaveValue('mine too, ')
  await screen.getByRole('link', { name: 'Another' }).click()
  await expect.element(field).toHaveValue('theirs')
})
