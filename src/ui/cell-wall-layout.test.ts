import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellAfterKey, cellAtPoint, layoutWall } from './cell-wall-layout'

const count = fc.integer({ min: 1, max: 100_000 })
const width = fc.integer({ min: 60, max: 1700 })

test('every cell has a place, and no row is wider than the wall', () => {
  fc.assert(
    fc.property(count, width, (many, wide) => {
      const wall = layoutWall(many, wide)
      expect(wall.columns * wall.rows).toBeGreaterThanOrEqual(many)
      expect(wall.columns * (wall.rows - 1)).toBeLessThan(many)
      expect((wall.columns - 1) * wall.step + wall.cell).toBeLessThanOrEqual(wide)
    }),
  )
})

test('cells are as large as fits: few are large, 100,000 still fit on one screen', () => {
  expect(layoutWall(60, 1200)).toMatchObject({ cell: 22, step: 24 })
  const many = layoutWall(100_000, 1200)
  expect(many.rows * many.step).toBeLessThanOrEqual(440)
})

test('a point in a cell leads back to it, a point in a gap of the last column to none', () => {
  fc.assert(
    fc.property(count, width, fc.nat(), (many, wide, seed) => {
      const wall = layoutWall(many, wide)
      const index = seed % many
      const x = (index % wall.columns) * wall.step + wall.cell / 2
      const y = Math.floor(index / wall.columns) * wall.step + wall.cell / 2
      expect(cellAtPoint(wall, many, x, y)).toBe(index)
    }),
  )
  const wall = layoutWall(3, 1200)
  expect(cellAtPoint(wall, 3, 3 * wall.step + 1, 1)).toBeNull()
  expect(cellAtPoint(wall, 3, -1, 1)).toBeNull()
  expect(cellAtPoint(wall, 3, 1, -1)).toBeNull()
})

test('keys move by one or by a row, and never off the wall', () => {
  const wall = { columns: 4, rows: 3, cell: 10, step: 12 }
  const after = (from: number | null, key: string) => cellAfterKey(wall, 10, from, key)
  expect(after(null, 'ArrowDown')).toBe(0)
  expect(after(5, 'ArrowRight')).toBe(6)
  expect(after(5, 'ArrowLeft')).toBe(4)
  expect(after(5, 'ArrowDown')).toBe(9)
  expect(after(6, 'ArrowDown')).toBe(6)
  expect(after(5, 'ArrowUp')).toBe(1)
  expect(after(1, 'ArrowUp')).toBe(1)
  expect(after(5, 'Home')).toBe(0)
  expect(after(5, 'End')).toBe(9)
  expect(after(5, 'x')).toBeNull()
  expect(cellAfterKey(wall, 0, null, 'Home')).toBeNull()
})
