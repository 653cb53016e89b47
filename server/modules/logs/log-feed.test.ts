import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogLine } from '#contract/log'
import { LogFeed } from './log-feed.ts'

const line = (id: number, length = 1): LogLine => ({
  id,
  deviceUuid: 'a'.repeat(32),
  deviceName: 'lucid-fern',
  at: '2026-01-01T00:00:00.000Z',
  receivedAt: '2026-01-01T00:00:00.000Z',
  service: 'main',
  isSystem: false,
  isStderr: false,
  level: 'info',
  message: 'x'.repeat(length),
})
const ids = (lines: readonly LogLine[]) => lines.map((one) => one.id)

test('a full feed leaves out the oldest and counts them', () => {
  const feed = new LogFeed({ lines: 3, characters: 10_000 })
  feed.push([1, 2, 3, 4, 5].map((id) => line(id)))
  const first = feed.take({ lines: 2, characters: 10_000 })
  expect([ids(first.lines), first.dropped]).toEqual([[3, 4], 2])
  const second = feed.take({ lines: 2, characters: 10_000 })
  expect([ids(second.lines), second.dropped]).toEqual([[5], 0])
  expect(feed.isEmpty).toBe(true)
})

test('long lines fill it sooner, and fill a patch sooner', () => {
  const feed = new LogFeed({ lines: 100, characters: 10_000 })
  feed.push(Array.from({ length: 10 }, (_, id) => line(id, 1_800)))
  expect(feed.size).toEqual({ lines: 5, characters: 10_000 })
  expect(ids(feed.take({ lines: 100, characters: 5_000 }).lines)).toEqual([5, 6])
  expect(ids(feed.take({ lines: 100, characters: 1 }).lines)).toEqual([7])
})

test('a burst of a hundred thousand lines is taken', () => {
  const feed = new LogFeed()
  feed.push(Array.from({ length: 200_000 }, (_, id) => line(id)))
  expect(feed.take().dropped).toBe(195_000)
})

test('whatever comes and goes: in order, within bounds, delivered and dropped are all that was sent', () => {
  const step = fc.oneof(
    fc.record({ push: fc.array(fc.nat(3_000), { maxLength: 30 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 12 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const capacity = { lines: 10, characters: 8_000 }
      const feed = new LogFeed(capacity)
      let sent = 0
      let dropped = 0
      const delivered: number[] = []
      const take = (lines: number) => {
        const patch = feed.take({ lines, characters: 4_000 })
        dropped += patch.dropped
        delivered.push(...ids(patch.lines))
      }
      for (const one of steps) {
        if ('push' in one) feed.push(one.push.map((length) => line(++sent, length)))
        else take(one.take)
        expect(feed.size.lines).toBeLessThanOrEqual(capacity.lines)
        expect(feed.size.characters).toBeLessThanOrEqual(capacity.characters)
      }
      while (!feed.isEmpty) take(3)
      expect(delivered.length + dropped).toBe(sent)
      expect(delivered).toEqual([...delivered].sort((a, b) => a - b))
    }),
  )
})
