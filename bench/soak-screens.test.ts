import { expect, test } from 'vitest'
import { countIn, labelledCount } from './soak-screens.ts'

test('a label and its count are read apart, thousands among them, in the words of the gateway', () => {
  expect(labelledCount('Downloading 3,348')).toEqual(['downloading', 3348])
  expect(labelledCount('Offline, still owed 504')).toEqual(['offline', 504])
  expect(labelledCount('Rolled back 1,234,567')).toEqual(['rolled-back', 1_234_567])
})

test('the number that a text begins with', () => {
  expect(countIn('12,345 of 60,000')).toBe(12_345)
  expect(countIn('none')).toBeNaN()
})
