import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stateReport } from '#contract/device-protocol'
import { storable } from '../../platform/db/storable-text.ts'
import { ReportReader } from './report-reader.ts'

const uuid = 'a'.repeat(32)
const release = (status: string) => ({
  releases: { c0ffee: { update_status: 'done', services: { main: { image: 'i', status } } } },
})

/** Bodies that are right, almost right and nothing of the kind. */
const anyOf = (...values: unknown[]) => fc.constantFrom(...values)
const field = (...good: unknown[]) =>
  fc.option(fc.oneof({ weight: 6, arbitrary: anyOf(...good) }, anyOf(null, 7, 'x', [], {}, true)), {
    nil: undefined,
  })
const part = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      {
        status: field('Idle', 'a\u0000b', '\ud800'),
        cpu_usage: field(1, 2.5, null),
        is_undervolted: field(true, false),
        os_variant: field('prod', null),
        more: field('ignored'),
        apps: field(
          {},
          { f1ee7: release('Running') },
          { f1ee7: { ...release('exited'), release_uuid: 'c0ffee' } },
          { f1ee7: release('\ud800') },
          { f1ee7: { releases: { c: {} } } },
          { f1ee7: { releases: { c: { update_status: 'odd' } } } },
          { f1ee7: { releases: { c: { services: { main: { image: 5, status: 'x' } } } } } },
        ),
      },
      { requiredKeys: [] },
    ),
  },
  anyOf(null, 'x', 3, []),
)
const body = fc.oneof(
  { weight: 8, arbitrary: fc.dictionary(anyOf(uuid, 'b'.repeat(62), 'short') as fc.Arbitrary<string>, part) },
  anyOf(null, undefined, 'x', [], 5),
)

test('reads every body as the contract does, again and again', () => {
  const reader = new ReportReader()
  fc.assert(
    fc.property(body, (sent) => {
      const told = stateReport.safeParse(sent)
      const read = reader.read(sent)
      expect(read.success).toBe(told.success)
      if (told.success && read.success) expect(read.data).toEqual(storable(told.data))
      if (!told.success && !read.success) expect(read.error.issues).toEqual(told.error.issues)
    }),
    { numRuns: 500 },
  )
})
test('the same `apps` are the same object, others are not', () => {
  const reader = new ReportReader()
  const appsOf = (status: string) => {
    const read = reader.read({ [uuid]: { apps: { f1ee7: release(status) } } })
    return read.success ? read.data[uuid]?.apps : undefined
  }
  const first = appsOf('Running')
  expect(first).toBeDefined()
  expect(appsOf('Running')).toBe(first)
  expect(appsOf('exited')).not.toBe(first)
})
