import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rolloutDeviceStates } from '#contract/rollout'
import { someCounts } from '@/testing/rollout-builders'
import { rolloutParts, rolloutProgress, rolloutStateOrder } from './rollout-states'

const anyCounts = fc
  .array(fc.nat(100_000), { minLength: rolloutDeviceStates.length, maxLength: rolloutDeviceStates.length })
  .map((numbers) =>
    someCounts(Object.fromEntries(rolloutDeviceStates.map((state, index) => [state, numbers[index] ?? 0]))),
  )

describe('progress of a rollout', () => {
  it('shows every state of the contract exactly once', () => {
    expect([...rolloutStateOrder].sort()).toEqual([...rolloutDeviceStates].sort())
  })

  it('adds up: what is told apart is what there is', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
        const { aimed, updating, failed, waiting, offline, skipped, rolledBack } = rolloutProgress(counts)
        expect(counts.succeeded + updating + failed + waiting + offline + rolledBack).toBe(aimed)
        expect(aimed + skipped).toBe(total)
        expect(rolloutParts(counts).reduce((sum, part) => sum + part.count, 0)).toBe(total)
      }),
    )
  })

  it('keeps the percentage between 0 and 100, also for nobody', () => {
    fc.assert(
      fc.property(anyCounts, fc.boolean(), (counts, isBackward) => {
        const { percent } = rolloutProgress(counts, isBackward)
        expect(percent).toBeGreaterThanOrEqual(0)
        expect(percent).toBeLessThanOrEqual(100)
      }),
    )
    expect(rolloutProgress(someCounts({ skipped: 5 })).percent).toBe(0)
  })

  it('counts being back as done while rolling back', () => {
    const counts = someCounts({ succeeded: 2, 'rolled-back': 6 })
    expect(rolloutProgress(counts, true)).toMatchObject({ done: 6, aimed: 8, percent: 75 })
    expect(rolloutProgress(counts)).toMatchObject({ done: 2 })
  })
})
