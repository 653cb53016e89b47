import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeWallCells, type WallCell } from '#contract/wall-cells'
import { changedWall, wallOf, type Wall } from './wall-cells'

const cellsOf = ({ ids, codes }: Wall): WallCell[] =>
  ids.map((id, place) => ({ id, code: codes[place] ?? -1 }))
const cells = fc.uniqueArray(fc.record({ id: fc.nat(60), code: fc.nat(0x3fff) }), {
  maxLength: 40,
  selector: (cell) => cell.id,
})
const step = fc.record({ cells, removed: fc.uniqueArray(fc.nat(60), { maxLength: 10 }) })

test('after any changes the wall holds what a list of cells would', () => {
  fc.assert(
    fc.property(cells, fc.array(step, { maxLength: 6 }), (first, steps) => {
      let wall = wallOf({ cursor: 1, cells: encodeWallCells(first) })
      let expected = first
      for (const { cells: changed, removed } of steps) {
        const before = cellsOf(wall)
        const next = changedWall(wall, { cells: encodeWallCells(changed), removed })
        // What is in the cache of a query is never changed in place.
        expect(cellsOf(wall)).toEqual(before)
        const gone = removed.filter(
          (id) => !changed.some((cell) => cell.id === id) || expected.some((cell) => cell.id === id),
        )
        const kept = expected.filter((cell) => !gone.includes(cell.id))
        expected = [
          ...kept.map((cell) => changed.find(({ id }) => id === cell.id) ?? cell),
          ...changed.filter((cell) => !kept.some(({ id }) => id === cell.id)),
        ]
        wall = next
        expect(cellsOf(wall)).toEqual(expected)
        for (const [place, id] of wall.ids.entries()) expect(wall.places.get(id)).toBe(place)
        expect(wall.places.size).toBe(wall.ids.length)
      }
    }),
  )
})
