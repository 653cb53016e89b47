import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from './changes.ts'
import { SharedChanges } from './shared-changes.ts'

const READERS = 4
const step = fc.oneof(
  fc.record({ kind: fc.constant('push'), reader: fc.constant(0) }),
  fc.record({ kind: fc.constantFrom('take', 'forget'), reader: fc.nat(READERS - 1) }),
)

test('each reader gets every change once and in order, whenever others take theirs and what is read is forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const shared = new SharedChanges()
      const positions = Array.from({ length: READERS }, () => shared.end)
      const got: Change[][] = positions.map(() => [])
      const all: Change[] = []
      const take = (reader: number) => {
        got[reader]?.push(...shared.from(positions[reader] ?? 0))
        positions[reader] = shared.end
      }
      for (const { kind, reader } of steps) {
        if (kind === 'push') {
          const change: Change = { kind: 'fleet', fleetId: all.length }
          all.push(change)
          shared.push(change)
        } else if (kind === 'take') take(reader)
        else shared.forget(Math.min(...positions))
      }
      for (let reader = 0; reader < READERS; reader++) {
        take(reader)
        expect(got[reader]).toEqual(all)
      }
    }),
  )
})

test('readers at the same place get the very same array until something is pushed', () => {
  const shared = new SharedChanges()
  shared.push({ kind: 'fleet', fleetId: 1 })
  const first = shared.from(0)
  expect(shared.from(0)).toBe(first)
  shared.push({ kind: 'fleet', fleetId: 2 })
  expect(shared.from(0)).toHaveLength(2)
  expect(first).toHaveLength(1)
})
