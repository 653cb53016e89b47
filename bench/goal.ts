/** A figure that is to be reached, and how a run is judged by it. */
import type { z } from 'zod'
import { percentile } from './table.ts'

export type Goal = {
  name: string
  goal: number
  unit: string
  better: 'more' | 'less'
  /** The figure in the result of its bench; null: it was not measured, such as beside a peer that is not here. */
  read: (result: unknown) => number | null
}

export const MANY = 100_000

/** `read` gets what the schema made of the result. */
export const over =
  <Schema extends z.ZodType>(schema: Schema, better: Goal['better']) =>
  (name: string, goal: number, unit: string, read: (result: z.output<Schema>) => number | null): Goal => ({
    name,
    goal,
    unit,
    better,
    read: (result) => read(schema.parse(result)),
  })

/** No figure where there is nothing to take it from. */
export const most = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values))
export const least = (values: readonly number[]) => (values.length === 0 ? null : Math.min(...values))
export const sum = (values: readonly number[]) =>
  values.length === 0 ? null : values.reduce((all, value) => all + value, 0)
export const medianOf = (values: readonly number[]) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

/** Of the figure with the most devices to that with the fewest. */
export const growthOf = (values: readonly number[]) =>
  values.length < 2 ? null : (values.at(-1) ?? 0) / (values[0] ?? 1)

export const stores = [
  ['PostgreSQL', 'postgresql'],
  ['PGlite', 'pglite'],
] as const

/** As the table and docs/performance.md say it. */
export const wantedOf = ({ goal, unit, better }: Goal) =>
  `${better === 'more' ? 'at least' : 'at most'} ${goal.toLocaleString('en')} ${unit}`.trimEnd()

/** Whether a figure was reached; `factor`: by what it was missed, above 1. */
export function judge({ goal, better }: Goal, got: number): { isReached: boolean; factor: number } {
  const isReached = better === 'more' ? got >= goal : got <= goal
  const factor = better === 'more' ? goal / got : got / goal
  return { isReached, factor: isReached ? 1 : factor }
}
