import type { Kysely, Transaction } from 'kysely'
import { rolloutDeviceStates, type RolloutDeviceState } from '#contract/rollout'
import type { Schema } from '../../platform/db/schema.ts'

/** What the stores of this module read from. */
export type Db = Kysely<Schema> | Transaction<Schema>
export type Counts = Record<RolloutDeviceState, number>

export const noCounts = (): Counts =>
  Object.fromEntries(rolloutDeviceStates.map((state) => [state, 0])) as Counts

export const iso = (at: Date) => at.toISOString()
