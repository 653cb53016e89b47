import { expect, test } from 'vitest'
import { differences } from './soak-recount.ts'

test('numbers that differ are named with both, one that only one side has among them', () => {
  const served = new Map([
    ['online', 5],
    ['late', 1],
    ['never', 0],
  ])
  const counted = new Map([
    ['online', 4],
    ['offline', 2],
    ['late', 1],
  ])
  expect(differences(served, counted)).toEqual([
    { name: 'online', served: 5, counted: 4 },
    { name: 'offline', served: 0, counted: 2 },
  ])
})
