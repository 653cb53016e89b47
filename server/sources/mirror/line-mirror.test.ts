import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SourceLine } from '../fleet-source.ts'
import { freshLines } from './line-mirror.ts'

const START_MS = Date.parse('2026-01-15T12:00:00Z')
const lineOf = (atMs: number, message: string): SourceLine => ({
  at: new Date(atMs),
  receivedAt: new Date(atMs),
  service: null,
  isSystem: true,
  isStderr: false,
  message,
})

test('a stream that begins again with lines that came before stores each line once and loses none', () => {
  fc.assert(
    fc.property(
      // Milliseconds between a line and the one before; several may come in the same.
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 }),
      // Where connections break, and how the lines of each come together.
      fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 7 }),
      (gaps, breaks, together) => {
        let atMs = START_MS
        const lines = gaps.map((gap, index) => lineOf((atMs += gap), String(index)))
        const stored: string[] = []
        let held = { untilMs: 0, atUntil: 0 }
        for (const end of [
          ...breaks.map((at) => at % (lines.length + 1)).sort((a, b) => a - b),
          lines.length,
        ]) {
          const taken = { ...held, skip: held.atUntil }
          for (let from = 0; from < end; from += together)
            stored.push(
              ...freshLines(lines.slice(from, Math.min(end, from + together)), taken).map(
                ({ message }) => message,
              ),
            )
          held = { untilMs: taken.untilMs, atUntil: taken.atUntil }
        }
        expect(stored).toEqual(lines.map(({ message }) => message))
      },
    ),
  )
})

test('a stream that begins later than what was taken, since the source keeps only so much, loses nothing of it', () => {
  const taken = { untilMs: START_MS, atUntil: 2, skip: 2 }
  const fresh = freshLines([lineOf(START_MS + 5, 'a'), lineOf(START_MS + 5, 'b')], taken)
  expect(fresh.map(({ message }) => message)).toEqual(['a', 'b'])
  expect(taken).toEqual({ untilMs: START_MS + 5, atUntil: 2, skip: 0 })
})
