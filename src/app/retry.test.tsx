import { useMutation } from '@tanstack/react-query'
import { beforeEach, expect, test, vi } from 'vitest'
import { KEY_HEADER } from '#contract/api-root'
import { callApi } from '@/lib/api'
import { expectAccessible } from '@/testing/accessibility'
import { fakeGateway, refuse } from '@/testing/fake-gateway'
import { renderPage } from '@/testing/render-page'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { toastFailure } from '@/ui/toast.store'

const onDone = vi.fn()
beforeEach(() => onDone.mockReset())

/** Says in a note, or in passing, that its write failed. */
function Writer({ inPassing = false }: { inPassing?: boolean }) {
  const write = useMutation({ mutationFn: () => callApi('endOtherSessions') })
  const end = () =>
    write.mutate(undefined, {
      onSuccess: onDone,
      ...(inPassing ? { onError: (error: Error) => toastFailure('Sessions: ', error) } : {}),
    })
  return (
    <>
      <Button onClick={end}>End them</Button>
      {!inPassing && <ProblemNote error={write.error} />}
    </>
  )
}

/** The answers of the first tries do not come back. */
function losesAnswers(lost: number) {
  let tries = 0
  return fakeGateway({
    endOtherSessions: () => {
      tries += 1
      if (tries <= lost) throw new TypeError('Failed to fetch')
      return { ended: 2 }
    },
  })
}

test('a write without an answer can be sent again from its note, with the same key, and goes on where it was', async () => {
  const gateway = losesAnswers(2)
  const screen = await renderPage(<Writer />)
  await screen.getByRole('button', { name: 'End them' }).click()
  const note = screen.getByRole('alert')
  await expect.element(note).toHaveTextContent('it is not known whether this was done')
  await note.getByRole('button', { name: 'Retry' }).click()
  await expect.poll(() => gateway.calls.length).toBe(2)
  await expectAccessible()
  await note.getByRole('button', { name: 'Retry' }).click()
  await expect.element(note).not.toBeInTheDocument()
  await expect.poll(() => onDone.mock.calls.length).toBe(1)
  expect(onDone.mock.calls[0]?.[0]).toEqual({ ended: 2 })
  const keys = gateway.calls.map(({ headers }) => headers.get(KEY_HEADER))
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toBeTruthy()
})

test('the same from where it was told in passing', async () => {
  const gateway = losesAnswers(1)
  const screen = await renderPage(<Writer inPassing />)
  await screen.getByRole('button', { name: 'End them' }).click()
  const toasts = screen.getByRole('region', { name: /Notifications/ })
  await expect.element(toasts.getByText(/^Sessions: .*not known/)).toBeVisible()
  await expectAccessible()
  await toasts.getByRole('button', { name: 'Retry' }).click()
  await expect.poll(() => onDone.mock.calls.length).toBe(1)
  await expect.element(toasts.getByRole('button', { name: 'Retry' })).not.toBeInTheDocument()
  expect(new Set(gateway.calls.map(({ headers }) => headers.get(KEY_HEADER))).size).toBe(1)
})

test('what was refused offers no retry: it would be refused again', async () => {
  fakeGateway({ endOtherSessions: () => refuse(409, 'There are none') })
  const screen = await renderPage(<Writer />)
  await screen.getByRole('button', { name: 'End them' }).click()
  await expect.element(screen.getByRole('alert')).toHaveTextContent('There are none')
  await expect.element(screen.getByRole('button', { name: 'Retry' })).not.toBeInTheDocument()
})
