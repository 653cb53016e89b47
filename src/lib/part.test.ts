import { expect, test, vi } from 'vitest'
import { createPart } from './part'

test('a part is fetched once, however often it is asked for, and is there from then on', async () => {
  const fetchIt = vi.fn(() => Promise.resolve('menu'))
  const part = createPart(fetchIt)
  expect(part.get()).toBeNull()
  expect(await Promise.all([part.load(), part.load()])).toEqual(['menu', 'menu'])
  expect(part.get()).toBe('menu')
  expect(await part.load()).toBe('menu')
  expect(fetchIt).toHaveBeenCalledTimes(1)
})
