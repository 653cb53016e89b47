import { createRoot } from 'react-dom/client'
import { expect, test, vi } from 'vitest'
import { useDocumentKeys } from './use-document-keys'

const press = (key: string) => document.dispatchEvent(new KeyboardEvent('keydown', { key }))

test('a key that is pressed the moment something stands there is heard, none after it went', async () => {
  const heard = vi.fn()
  function Listener() {
    useDocumentKeys((event) => {
      heard(event.key)
    })
    return <p>Here</p>
  }
  const box = document.body.appendChild(document.createElement('div'))
  // Told right after the change of the page, before effects that wait for the paint.
  const stands = new Promise<void>((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect()
      press('k')
      resolve()
    })
    observer.observe(box, { childList: true, subtree: true })
  })
  const root = createRoot(box)
  root.render(<Listener />)
  await stands
  expect(heard.mock.calls).toEqual([['k']])

  root.unmount()
  await expect.poll(() => box.childElementCount).toBe(0)
  press('j')
  expect(heard.mock.calls).toEqual([['k']])
  box.remove()
})
