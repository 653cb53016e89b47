import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeviceRow } from '#contract/device'
import { aDeviceRow, uuidOf } from '@/testing/device-builders'
import { addDrift, countDrift, Freshness, noDrift } from './device-drift'

const held = (...rows: DeviceRow[]) => new Map(rows.map((row) => [row.uuid, row]))
const calm = { sort: 'trouble', isRepeated: false } as const
const patch = (own: Partial<Parameters<typeof addDrift>[1]>) => ({
  upserted: [],
  left: [],
  entered: 0,
  ...own,
})

test('a row whose health changed would move in a list by trouble, and not in one by name', () => {
  const row = aDeviceRow()
  const worse = { ...row, health: 'critical' as const, revision: 2 }
  expect(countDrift(addDrift(noDrift, patch({ upserted: [worse] }), held(row), calm))).toBe(1)
  const byName = { sort: 'name', isRepeated: false } as const
  expect(countDrift(addDrift(noDrift, patch({ upserted: [worse] }), held(row), byName))).toBe(0)
})

test('figures that move with every report never count as a change of the order', () => {
  const row = aDeviceRow()
  const busier = { ...row, cpuPercent: 99, lastSeenAt: '2026-01-01T13:00:00.000Z', revision: 2 }
  for (const sort of ['cpu', 'lastSeen', 'memory', 'trouble', 'name'] as const)
    expect(countDrift(addDrift(noDrift, patch({ upserted: [busier] }), held(row), { ...calm, sort }))).toBe(0)
})

test('a device that left counts once, and not at all once it is back', () => {
  const row = aDeviceRow()
  const gone = addDrift(noDrift, patch({ upserted: [row], left: [row.uuid] }), held(row), calm)
  const twice = addDrift(gone, patch({ upserted: [row], left: [row.uuid] }), held(row), calm)
  expect(countDrift(twice)).toBe(1)
  expect(twice.left.has(row.uuid)).toBe(true)
  const back = addDrift(twice, patch({ upserted: [row] }), held(row), calm)
  expect(countDrift(back)).toBe(0)
})

test('a patch that repeats what was told counts no entry again', () => {
  const first = addDrift(noDrift, patch({ entered: 4 }), held(), calm)
  const again = addDrift(first, patch({ entered: 4 }), held(), { ...calm, isRepeated: true })
  expect(countDrift(again)).toBe(4)
})

test('rows that were never watched need patches from the page that brought them', () => {
  const known = new Freshness()
  known.note([uuidOf(1), uuidOf(2)], 10)
  known.notePatch([uuidOf(1)], 50)
  expect(known.since([uuidOf(1)], 0)).toBe(50)
  // The second row was out of the window while the first was brought up to 50.
  expect(known.since([uuidOf(1), uuidOf(2)], 0)).toBe(10)
  expect(known.since([], 7)).toBe(50)
})

test('what is known of a row never grows older, whatever comes in which order', () => {
  const step = fc.record({
    rows: fc.array(fc.integer({ min: 0, max: 5 })),
    revision: fc.nat(1000),
    isPatch: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const known = new Freshness()
      const last = new Map<number, number>()
      for (const { rows, revision, isPatch } of steps) {
        const uuids = rows.map(uuidOf)
        if (isPatch) known.notePatch(uuids, revision)
        else known.note(uuids, revision)
        for (const row of rows) last.set(row, Math.max(last.get(row) ?? 0, revision))
      }
      for (const [row, revision] of last) expect(known.since([uuidOf(row)], 0)).toBe(revision)
    }),
  )
})
