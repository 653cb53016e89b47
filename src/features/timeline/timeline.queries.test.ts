import { expect, test } from 'vitest'
import { anEvent } from '@/testing/device-builders'
import { foldRepeats, groupByDay, mergeEvents } from './timeline.queries'

test('fetched and live events are one list, each once, of the kinds asked for', () => {
  const fetched = [anEvent({ id: 2, kind: 'reboot' }), anEvent({ id: 1 })]
  const fresh = [anEvent({ id: 3 }), anEvent({ id: 2, kind: 'reboot' })]
  expect(mergeEvents(fetched, fresh, []).map((event) => event.id)).toEqual([3, 2, 1])
  expect(mergeEvents(fetched, fresh, ['reboot']).map((event) => event.id)).toEqual([2])
})

test('what repeats without anything between is told once, with its count and its first time', () => {
  const loop = (id: number, at: string) => anEvent({ id, at, kind: 'service', summary: 'api exited' })
  const rows = foldRepeats([
    loop(5, '2026-01-01T12:05:00.000Z'),
    loop(4, '2026-01-01T12:04:00.000Z'),
    anEvent({ id: 3 }),
    loop(2, '2026-01-01T12:02:00.000Z'),
  ])
  expect(rows.map((row) => [row.event.id, row.count, row.since])).toEqual([
    [5, 2, '2026-01-01T12:04:00.000Z'],
    [3, 1, '2026-01-01T12:00:00.000Z'],
    [2, 1, '2026-01-01T12:02:00.000Z'],
  ])
})

test('rows stand under the day of their latest event', () => {
  const rows = foldRepeats([
    anEvent({ id: 2, at: '2026-01-03T12:00:00.000Z', summary: 'b' }),
    anEvent({ id: 1, at: '2026-01-01T12:00:00.000Z', summary: 'a' }),
  ])
  expect(groupByDay(rows).map((group) => group.rows.length)).toEqual([1, 1])
})
