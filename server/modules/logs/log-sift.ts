import { setImmediate as nextTurn } from 'node:timers/promises'

/** What one search may take; asked between pieces of work. */
export type Budget = { isSpent: () => boolean }
export const unlimited: Budget = { isSpent: () => false }
export function timeBudget(ms: number): Budget {
  const endMs = performance.now() + ms
  return { isSpent: () => performance.now() >= endMs }
}

/** After so long the gateway turns to its other work first. */
const TURN_MS = 10

/** Keeps the rows whose message is meant, in order, until the budget is spent; `examined`: how many were looked at. */
export async function sift<T extends { message: string }>(
  rows: readonly T[],
  isMeant: ((message: string) => boolean) | null,
  budget: Budget,
): Promise<{ kept: readonly T[]; examined: number }> {
  if (isMeant === null) return { kept: rows, examined: rows.length }
  const kept: T[] = []
  let turnEndMs = performance.now() + TURN_MS
  for (const [index, row] of rows.entries()) {
    if (isMeant(row.message)) kept.push(row)
    if (performance.now() < turnEndMs) continue
    if (budget.isSpent()) return { kept, examined: index + 1 }
    await nextTurn()
    turnEndMs = performance.now() + TURN_MS
  }
  return { kept, examined: rows.length }
}
