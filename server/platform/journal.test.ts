import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Change } from './changes.ts'
import { Journal } from './journal.ts'

const change = (fleetId: number): Change => ({ kind: 'fleet', fleetId })

test('whoever asks from what it was told gets every later change, once and in order, however the clock jumps', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), by: fc.constant(0) }),
    fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: -5_000, max: 5_000 }) }),
    fc.record({ kind: fc.constant('keep' as const), by: fc.nat(10) }),
    fc.record({ kind: fc.constant('ask' as const), by: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 1_700_000_000_000
      const journal = new Journal(() => nowMs)
      const asked: { revision: number; noted: number }[] = []
      const noted: Change[] = []
      for (const { kind, by } of steps) {
        if (kind === 'clock') nowMs += by
        else if (kind === 'keep') journal.keep(by)
        else if (kind === 'ask') asked.push({ revision: journal.end, noted: noted.length })
        else {
          const next = change(noted.length)
          noted.push(next)
          journal.push(next)
        }
      }
      for (const { revision, noted: before } of asked)
        if (revision >= journal.start) expect(journal.from(revision)).toEqual(noted.slice(before))
        // Too old only where something after it was let go of.
        else expect(journal.length).toBeLessThan(noted.length - before)
    }),
  )
})

test('a revision of another gateway is never greater than what is noted after it was heard of', () => {
  const journal = new Journal(() => 1_000)
  journal.raise(1_500_000)
  journal.push(change(1))
  expect(journal.from(1_500_000)).toEqual([change(1)])
  expect(journal.end).toBeGreaterThan(1_500_000)
})

test('after a gap nobody is answered from what they held before', () => {
  const journal = new Journal(() => 1_000)
  const held = journal.end
  journal.forgetAll()
  expect(held).toBeLessThan(journal.start)
  expect(journal.end).toBeGreaterThanOrEqual(journal.start)
})
