import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { goals, judge } from './goals.ts'

const docs = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')

test.each(Object.values(goals).flat())('$name is a figure of the docs', ({ written }) => {
  expect(docs).toContain(written)
})

const goal = (name: string) => {
  const found = Object.values(goals)
    .flat()
    .find((one) => one.name === name)
  if (!found) throw new Error(`There is no goal ${name}`)
  return found
}

test('what is more than asked is reached, what is less is missed by a factor', () => {
  const rate = goal('PostgreSQL, 1,000 devices: whole reports')
  expect(judge(rate, rate.goal)).toEqual({ isReached: true, factor: 1 })
  expect(judge(rate, rate.goal / 2)).toEqual({ isReached: false, factor: 2 })
})

test('of what should be little, less is reached and more is missed; of nothing, anything is', () => {
  const cost = goal('PostgreSQL, 1,000 devices: CPU of 1,000 whole reports')
  expect(judge(cost, cost.goal / 2).isReached).toBe(true)
  expect(judge(cost, cost.goal * 3).factor).toBeCloseTo(3)
  const lost = goal('acknowledged reports lost in all kills')
  expect(judge(lost, 0).isReached).toBe(true)
  expect(judge(lost, 1)).toEqual({ isReached: false, factor: Number.POSITIVE_INFINITY })
})

test('a figure that was not measured is none, and one that was is read from the result of its bench', () => {
  const rate = (store: string) => ({
    store,
    kind: 'whole',
    devices: 1000,
    seconds: 10,
    reports: 20_000,
    reportsPerSecond: 2000,
    cores: { gateway: 0.5, database: 0.5 },
    survival: { lost: 2 },
  })
  const result = { rates: [rate('postgresql'), rate('pglite')], beside: { ours: [], peers: [] } }
  expect(goal('PostgreSQL, 1,000 devices: whole reports').read(result)).toBe(2000)
  expect(goal('PostgreSQL, 1,000 devices: CPU of 1,000 whole reports').read(result)).toBeCloseTo(0.5)
  expect(goal('acknowledged reports lost in all kills').read(result)).toBe(4)
  expect(goal('whole reports, times open-balena-api').read(result)).toBeNull()
})
