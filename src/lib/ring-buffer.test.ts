import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RingBuffer } from './ring-buffer'

test('behaves as an array that is cut to its capacity at the other end', () => {
  const step = fc.record({ isFront: fc.boolean(), item: fc.integer() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
      const ring = new RingBuffer<number>(capacity)
      const plain: number[] = []
      for (const { isFront, item } of steps) {
        if (isFront) {
          plain.unshift(item)
          expect(ring.unshift(item)).toBe(plain.length > capacity ? plain.pop() : undefined)
        } else {
          plain.push(item)
          expect(ring.push(item)).toBe(plain.length > capacity ? plain.shift() : undefined)
        }
        expect([...ring]).toEqual(plain)
        expect(ring.at(-1)).toBe(plain.at(-1))
        expect(ring.at(plain.length)).toBeUndefined()
      }
      ring.clear()
      expect(ring.length).toBe(0)
      expect(ring.at(0)).toBeUndefined()
    }),
  )
})

test('a capacity that makes no sense is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    expect(() => new RingBuffer(capacity)).toThrow(RangeError)
  }
})
