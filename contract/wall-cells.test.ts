import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectivities, updateStates } from './device.ts'
import { healthStates } from './health.ts'
import {
  decodeWallCells,
  encodeWallCells,
  packWallCode,
  unpackWallCode,
  type WallCell,
} from './wall-cells.ts'

const state = fc.record({
  health: fc.nat(healthStates.length - 1),
  connectivity: fc.nat(connectivities.length - 1),
  update: fc.nat(updateStates.length - 1),
  percent: fc.nat(100),
})

test('every state survives being packed', () => {
  fc.assert(
    fc.property(state, (one) => {
      expect(unpackWallCode(packWallCode(one))).toEqual(one)
    }),
  )
})

test('cells come out as they went in, in their order, whatever their ids', () => {
  const cell = fc.record({
    id: fc.nat({ max: 2 ** 31 - 1 }).map((id) => id * 2 ** 20),
    code: state.map(packWallCode),
  })
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 300 }), (cells) => {
      expect(decodeWallCells(encodeWallCells(cells))).toEqual(cells)
    }),
  )
})

test('in the order of ids a cell without a download takes two bytes', () => {
  const cells = Array.from({ length: 1_000 }, (_, index): WallCell => ({ id: 5_000 + index * 20, code: 3 }))
  expect(encodeWallCells(cells).length).toBeLessThan((2.02 * 1_000 * 4) / 3)
})

test('what was cut off or is no base64 is refused in words', () => {
  const whole = atob(encodeWallCells([{ id: 1_000_000, code: 3 }]))
  for (let length = 1; length < whole.length; length++)
    expect(() => decodeWallCells(btoa(whole.slice(0, length)))).toThrow(/end within a number/)
  expect(() => decodeWallCells('%')).toThrow(/not base64/)
  expect(decodeWallCells('')).toEqual([])
})
