import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import type { SourcePage } from '../fleet-source.ts'

/** Which part of a list ordered by ids: so many of those beyond `after`. */
export type Keyset = { after: number; limit: number }

/** What a page answered as `next`, read back; null: from the beginning. */
export const keyOf = (next: string | null): number => (next === null ? 0 : decodeCursor(z.int(), next))

/** What is told of a row. */
export function withoutId<T extends object>({
  id: _id,
  ...item
}: T & { id: number }): Omit<T & { id: number }, 'id'> {
  return item
}

/** Makes a page of rows that were read with one more than fits, if there is one more. */
export function pageOf<T extends object>(
  rows: readonly (T & { id: number })[],
  limit: number,
): SourcePage<Omit<T, 'id'>> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(withoutId),
    next: rows.length > limit && last ? encodeCursor(last.id) : null,
  }
}
