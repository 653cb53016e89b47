import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { arrayLiteral } from './device-columns.ts'

describeOnStores('array literals', ({ open }) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const storableText = fc.string({ unit: 'grapheme' }).filter((text) => !/[\u0000\ud800-\udfff]/.test(text))
  const awkward = fc.constantFrom(
    '',
    ' ',
    'NULL',
    'null',
    '{',
    '}',
    ',',
    '"',
    '\\',
    '\\"',
    "'",
    '\n',
    '{"a":[1]}',
  )
  test('any texts come back as they are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.oneof(storableText, awkward)), { minLength: 1, maxLength: 20 }),
        async (texts) => {
          const { rows } = await sql<{ texts: (string | null)[] }>`
            select ${arrayLiteral(texts, true)}::text[] as texts`.execute(database.db)
          expect(rows[0]?.texts).toEqual(texts)
        },
      ),
      { numRuns: 60 },
    )
  })
  test('numbers, times and truth values need no quotes', async () => {
    const { rows } = await sql<{ a: number[]; b: Date[]; c: boolean[] }>`
      select ${arrayLiteral(['1', null, '-3'], false)}::int[] as a,
        ${arrayLiteral(['2026-01-15T12:00:00.000Z', null], false)}::timestamptz[] as b,
        ${arrayLiteral(['true', 'false', null], false)}::boolean[] as c`.execute(database.db)
    expect(rows).toEqual([
      { a: [1, null, -3], b: [new Date('2026-01-15T12:00:00.000Z'), null], c: [true, false, null] },
    ])
  })
})
