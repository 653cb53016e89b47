import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import { expect, test } from 'vitest'
import type { Schema } from '../../platform/db/schema.ts'
import { RolloutOwners } from './rollout-owners.store.ts'

/** Answers nothing: what is told by `add` and `forget` alone is looked at. */
const noDatabase = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

test('a device is in the rollouts that were told and not forgotten, others keep theirs', () => {
  const owners = new RolloutOwners(noDatabase)
  owners.add(1, [10, 11, 12])
  owners.add(2, [11, 12])
  owners.add(2, [12])
  expect([10, 11, 12, 13].map((id) => [...owners.of(id)])).toEqual([[1], [1, 2], [1, 2], []])
  expect(owners.of(11)).toBe(owners.of(12))
  owners.forget(1)
  expect([owners.knows(1), owners.knows(2)]).toEqual([false, true])
  expect([10, 11, 12].map((id) => [...owners.of(id)])).toEqual([[], [2], [2]])
  owners.add(1, [10, 12])
  expect([10, 11, 12].map((id) => [...owners.of(id)])).toEqual([[1], [2], [1, 2]])
  owners.clear()
  expect([...owners.of(12)]).toEqual([])
})
