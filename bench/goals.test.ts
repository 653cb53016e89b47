import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judge, wantedOf } from './goal.ts'
import { goals } from './goals.ts'

const docs = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')
const rows = docs
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
const all = Object.values(goals).flat()

test.each(all)('the docs list with what it asks for: $name', (one) => {
  expect(rows.filter(([, name]) => name === one.name).map(([, , wanted]) => wanted)).toEqual([wantedOf(one)])
})

const goal = (name: string) => {
  const found = all.find((one) => one.name === name)
  if (!found) throw new Error(`There is no goal ${name}`)
  return found
}

test('what is more than asked is reached, what is less is missed by a factor', () => {
  const rate = goal('whole reports stored and acknowledged, PostgreSQL')
  expect(judge(rate, 5000)).toEqual({ isReached: true, factor: 1 })
  expect(judge(rate, 2500)).toEqual({ isReached: false, factor: 2 })
})

test('of what should be little, less is reached and more is missed; of nothing, anything is', () => {
  const slowest = goal('whole reports, 99th percentile, PostgreSQL')
  expect(judge(slowest, 125).isReached).toBe(true)
  expect(judge(slowest, 750).factor).toBeCloseTo(3)
  const lost = goal('acknowledged reports lost in all kills')
  expect(judge(lost, 0).isReached).toBe(true)
  expect(judge(lost, 1)).toEqual({ isReached: false, factor: Number.POSITIVE_INFINITY })
})

test('a figure that was not measured is none, and one that was is read from the result of its bench', () => {
  const rate = (store: string, devices: number, cpu: number) => ({
    store,
    kind: 'whole',
    devices,
    seconds: 10,
    reports: 20_000,
    reportsPerSecond: 2000,
    p99Ms: 90,
    cores: { gateway: cpu, database: 0.5 },
    survival: { lost: 2 },
  })
  const rates = [rate('postgresql', 1000, 0.5), rate('postgresql', 10_000, 1), rate('pglite', 1000, 0.5)]
  const result = { rates, beside: { ours: [], peers: [] } }
  expect(goal('whole reports stored and acknowledged, PostgreSQL').read(result)).toBe(2000)
  expect(goal('CPU of a report, most devices to fewest, PostgreSQL').read(result)).toBeCloseTo(1.5)
  expect(goal('CPU of a report, most devices to fewest, PGlite').read(result)).toBeNull()
  expect(goal('acknowledged reports lost in all kills').read(result)).toBe(6)
  expect(goal('reports/s, whole, to those of open-balena-api').read(result)).toBeNull()
})

test('what was measured in less than an hour or with fewer devices says nothing of the goal', () => {
  const run = { minutes: 60, devices: 100_000, faults: 1, memory: [{ isLevel: true }, { isLevel: false }] }
  const faults = goal('an hour: numbers that differ, reports and lines lost, connections broken')
  expect(faults.read(run)).toBe(1)
  expect(goal('an hour: memory that is not level, of gateway and pages').read(run)).toBe(1)
  expect(faults.read({ ...run, minutes: 59 })).toBeNull()
  expect(faults.read({ ...run, devices: 2000 })).toBeNull()
  const back = goal('100,000 devices back after an outage, PGlite')
  const rows = [{ store: 'pglite', recoveredSeconds: 50, lost: 0 }]
  expect(back.read({ devices: 100_000, rows })).toBe(50)
  expect(back.read({ devices: 20_000, rows })).toBeNull()
})
