import fc from 'fast-check'
import { expect, test } from 'vitest'
import { problem } from '#contract/problem'
import { isProblem } from './problem-check'

const sometimes = <T>(wanted: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 9, arbitrary: wanted },
    { weight: 1, arbitrary: fc.constantFrom(null, 7, 1.5, {}, [], undefined) },
  )
const text = sometimes(fc.string())
const body = fc.record(
  {
    type: text,
    title: text,
    status: sometimes(fc.integer()),
    code: text,
    detail: text,
    instance: text,
    requestId: text,
    errors: sometimes(fc.array(sometimes(fc.record({ field: text, reason: text })), { maxLength: 3 })),
    other: fc.anything(),
  },
  { requiredKeys: ['type', 'title', 'status', 'code'] },
)

test('it says the same as the contract', () => {
  let problems = 0
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: body }, { weight: 1, arbitrary: fc.anything() }), (one) => {
      const expected = problem.safeParse(one).success
      if (expected) problems += 1
      expect(isProblem(one)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
  expect(problems).toBeGreaterThan(100)
})
