import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentEvents, type News } from './recent-events.ts'

test('the last hour of a fleet counts each device once for each kind of news, however they came', () => {
  const news = fc.record({
    deviceId: fc.integer({ min: 1, max: 5 }),
    fleetId: fc.integer({ min: 1, max: 2 }),
    atMs: fc.integer({ min: 0, max: 9_000_000 }),
    kinds: fc.subarray(['wentOffline', 'cameBack', 'updated'] as const),
  })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(news, fc.integer({ min: 0, max: 900_000 })), { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (coming, gone) => {
        const events = new RecentEvents()
        const told: News[] = []
        let nowMs = 0
        for (const [one, passed] of coming) {
          nowMs += passed
          const made = { ...one, atMs: Math.min(one.atMs, nowMs) }
          events.note(made)
          told.push(made)
          const hour = events.lastHour(1, nowMs)
          for (const kind of ['wentOffline', 'cameBack', 'updated'] as const) {
            const recent = told.filter(
              (other) => other.fleetId === 1 && other.kinds.includes(kind) && other.atMs > nowMs - 3_600_000,
            )
            expect(hour[kind]).toBe(new Set(recent.map((other) => other.deviceId)).size)
          }
        }
        events.forget(gone)
        const left = told.filter(
          (other) => other.deviceId !== gone && other.fleetId === 1 && other.kinds.includes('updated'),
        )
        expect(events.lastHour(1, nowMs).updated).toBe(
          new Set(left.filter((other) => other.atMs > nowMs - 3_600_000).map((other) => other.deviceId)).size,
        )
      },
    ),
  )
})
