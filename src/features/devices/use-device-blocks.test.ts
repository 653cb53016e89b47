import { expect, test } from 'vitest'
import type { DevicePage } from '#contract/device'
import { aDeviceRow } from '@/testing/device-builders'
import { BLOCK_ROWS } from './devices.queries'
import { blocksOf, lengthOf } from './use-device-blocks'

const pageOf = (count: number): DevicePage => ({
  cursor: 1,
  rows: Array.from({ length: count }, () => aDeviceRow()),
  total: count,
  next: null,
})

test('rows stand in blocks by their place', () => {
  expect(blocksOf({ first: 0, last: BLOCK_ROWS - 1 })).toEqual([0])
  expect(blocksOf({ first: BLOCK_ROWS - 1, last: 2 * BLOCK_ROWS })).toEqual([0, 1, 2])
  expect(blocksOf({ first: -80, last: -1 })).toEqual([0])
})

test('a list is as long as what matches, and where its end was read as long as that', () => {
  expect(lengthOf(new Map(), 0)).toBe(0)
  expect(lengthOf(new Map([[0, pageOf(BLOCK_ROWS)]]), 5_000)).toBe(5_000)
  expect(lengthOf(new Map([[0, pageOf(6)]]), 5)).toBe(6)
  expect(lengthOf(new Map([[0, pageOf(6)]]), 9)).toBe(6)
  const read = new Map([
    [0, pageOf(BLOCK_ROWS)],
    [3, pageOf(7)],
  ])
  expect(lengthOf(read, 200)).toBe(3 * BLOCK_ROWS + 7)
  expect(lengthOf(new Map([...read, [5, pageOf(0)]]), 320)).toBe(320)
})
