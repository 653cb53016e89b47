import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogLine } from '#contract/log'
import { LineSettler } from './line-settler.ts'

const FOR_MS = 500
const lineOf = (id: number): LogLine => ({
  id,
  deviceUuid: 'a'.repeat(32),
  deviceName: 'lucid-fern',
  at: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.000Z',
  service: null,
  isSystem: true,
  isStderr: false,
  level: 'info',
  message: `line ${String(id)}`,
})

test('every line comes out once, and in order where none comes later than the time it is held for', () => {
  // Lines are stored one a millisecond under growing ids and arrive up to the time they are held for later.
  const delays = fc.array(fc.integer({ min: 0, max: FOR_MS - 1 }), { maxLength: 60 })
  fc.assert(
    fc.property(delays, fc.integer({ min: 1, max: 40 }), (delaysMs, takeEveryMs) => {
      let nowMs = 0
      const settler = new LineSettler({ forMs: FOR_MS, nowMs: () => nowMs })
      const out: number[] = []
      for (; nowMs <= delaysMs.length + 3 * FOR_MS; nowMs++) {
        const arriving = delaysMs.flatMap((delayMs, id) => (id + delayMs === nowMs ? [lineOf(id + 1)] : []))
        settler.push(arriving)
        if (nowMs % takeEveryMs === 0) out.push(...settler.take().map(({ id }) => id))
      }
      expect(out).toEqual(delaysMs.map((_delayMs, index) => index + 1))
    }),
  )
})

test('a line is held until those before it may have come', () => {
  let nowMs = 0
  const settler = new LineSettler({ forMs: FOR_MS, nowMs: () => nowMs })
  settler.push([lineOf(2)])
  nowMs = FOR_MS - 1
  expect(settler.take()).toEqual([])
  settler.push([lineOf(1), lineOf(3)])
  nowMs = FOR_MS
  expect(settler.take().map(({ id }) => id)).toEqual([1, 2])
  nowMs += FOR_MS
  expect(settler.take().map(({ id }) => id)).toEqual([3])
})
