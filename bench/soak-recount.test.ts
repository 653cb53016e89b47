import { expect, test } from 'vitest'
import { differences, nearestBetween } from './soak-recount.ts'

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

test('a number that ages is right between two counts, and told by the nearer one beyond them', () => {
  const before = new Map([
    ['kept', 9],
    ['above', 9],
    ['below', 9],
    ['missing', 9],
  ])
  const after = new Map([
    ['kept', 5],
    ['above', 5],
    ['below', 5],
    ['missing', 5],
  ])
  const served = new Map([
    ['kept', 7],
    ['above', 12],
    ['below', 1],
    ['invented', 3],
  ])
  expect(differences(served, nearestBetween(served, before, after))).toEqual([
    { name: 'above', served: 12, counted: 9 },
    { name: 'below', served: 1, counted: 5 },
    { name: 'invented', served: 3, counted: 0 },
    { name: 'missing', served: 0, counted: 5 },
  ])
})
