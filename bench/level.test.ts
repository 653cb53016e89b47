import { expect, test } from 'vitest'
import { levelOf } from './level.ts'

const MINUTE_MS = 60_000
const limit = { share: 0.1, slack: 5 }
const hour = (valueOf: (minute: number) => number) =>
  Array.from({ length: 61 }, (_value, minute) => ({ atMs: minute * MINUTE_MS, value: valueOf(minute) }))

test('a figure that only swings is level, and its slope is nearly none', () => {
  const level = levelOf(
    hour((minute) => 200 + (minute % 2) * 20),
    limit,
  )
  expect(level.isLevel).toBe(true)
  expect(Math.abs(level.perHour)).toBeLessThan(1)
})

test('a figure that grows steadily is not level, and its slope is what it grows in an hour', () => {
  const level = levelOf(
    hour((minute) => 200 + minute * 2),
    limit,
  )
  expect(level.isLevel).toBe(false)
  expect(level.perHour).toBeCloseTo(120)
  expect(level.first).toBeCloseTo(230)
  expect(level.last).toBeCloseTo(302)
})

test('what is filled while it warms up does not count', () => {
  const level = levelOf(
    hour((minute) => (minute < 6 ? 50 : 300)),
    limit,
  )
  expect(level).toMatchObject({ first: 300, last: 300, isLevel: true })
  expect(level.perHour).toBeCloseTo(0)
})

test('growth within the slack is level', () => {
  expect(
    levelOf(
      hour((minute) => 10 + minute / 10),
      limit,
    ).isLevel,
  ).toBe(true)
})
