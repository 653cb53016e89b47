import { afterAll, beforeAll, expect, test } from 'vitest'
import { logSelector } from '#contract/log'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { seedDevice, seedFleet, type SeededDevice } from '../../testing/fleet-seed.ts'
import { seedLogLines } from '../../testing/log-lines.ts'
import { readHistogram } from './log-histogram.store.ts'

const base = Date.UTC(2026, 0, 1, 12)
const at = (second: number) => new Date(base + second * 1000)
const unlimited = { isSpent: () => false }
const spent = { isSpent: () => true }

describeOnStores('counts over time', ({ open }) => {
  let database: Database
  let device: SeededDevice
  const LINES = 12_000
  beforeAll(async () => {
    database = await open()
    device = await seedDevice(database.db, await seedFleet(database.db))
    const levels = ['info', 'info', 'error', 'warning'] as const
    const lines = Array.from({ length: LINES }, (_, index) => ({
      level: levels[index % 4] ?? 'info',
      message: index % 10 === 0 ? `{"n":${index % 20}}` : `line ${index}`,
    }))
    await seedLogLines(database.db, device, lines, base)
  })
  afterAll(() => database.close())
  const read = (selector: object, from: number, to: number, most: number, budget = unlimited) =>
    readHistogram(
      database.db,
      { ...logSelector.parse({ fleetId: device.fleetId, ...selector }), within: 'all' },
      { from: at(from), to: at(to) },
      most,
      budget,
    )

  test('each bucket has what was received in it, by level', async () => {
    const counts = await read({}, 30, 299, 5)
    expect(counts).toMatchObject({ bucketSeconds: 60, total: 270, isSampled: false, share: 1 })
    expect(counts.buckets.map((bucket) => bucket.total)).toEqual([30, 60, 60, 60, 60])
    expect(counts.buckets[1]).toEqual({
      at: at(60).toISOString(),
      total: 60,
      byLevel: { info: 30, error: 15, warning: 15, debug: 0 },
    })
  })

  test('every part of the selector narrows', async () => {
    expect((await read({ level: 'error' }, 0, 99, 10)).total).toBe(25)
    expect((await read({ text: 'LINE 5' }, 0, 59, 10)).total).toBe(10)
    expect((await read({ regex: 'line \\d1$' }, 0, 99, 10)).total).toBe(9)
    expect((await read({ fields: 'n=10' }, 0, 99, 10)).total).toBe(5)
    expect((await read({ service: 'other' }, 0, 99, 10)).total).toBe(0)
    expect((await read({ fleetId: 4_711 }, 0, 99, 10)).total).toBe(0)
  })

  test('out of time it is an estimate from all over the range, and says so', async () => {
    const counts = await read({ regex: '1' }, 0, LINES - 1, 20, spent)
    const exact = await read({ regex: '1' }, 0, LINES - 1, 20)
    expect(exact).toMatchObject({ isSampled: false, share: 1 })
    expect(counts.isSampled).toBe(true)
    expect(counts.share).toBeGreaterThan(0)
    expect(counts.share).toBeLessThan(0.5)
    expect(counts.buckets.every((bucket) => bucket.total > 0)).toBe(true)
    expect(counts.total).toBeGreaterThan(exact.total / 2)
    expect(counts.total).toBeLessThan(exact.total * 2)
  })

  test('without a start it begins at the oldest line; without lines it is empty', async () => {
    const selector = { ...logSelector.parse({ fleetId: device.fleetId }), within: 'all' as const }
    const all = await readHistogram(database.db, selector, { to: at(LINES) }, 100, unlimited)
    expect(all).toMatchObject({ from: at(0).toISOString(), total: LINES })
    const none = await readHistogram(database.db, { ...selector, fleetId: 4_711 }, { to: at(5) }, 100)
    expect(none).toMatchObject({ total: 0, isSampled: false, from: at(5).toISOString() })
  })
})
