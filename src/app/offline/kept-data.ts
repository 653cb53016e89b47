import type { Query, QueryKey } from '@tanstack/react-query'
import type { Me } from '#contract/session'

export const KEPT_HOURS = 24
const HOUR_MS = 3_600_000
export const MOST_ENTRIES = 80
/** As JSON; of one answer, and of all together. */
export const MOST_CHARS = { one: 400_000, all: 2_000_000 }

/** One answer as it was last seen; `at`: when, ms since the epoch. */
export type KeptEntry = { key: QueryKey; data: unknown; at: number }
/**
 * What one person last saw in this browser. `build`: of the page that kept it, for another may understand it otherwise; `at`:
 * when the gateway was last heard, ms since the epoch.
 */
export type Kept = { build: string; userId: number; at: number; entries: readonly KeptEntry[] }

export const ME_KEY = ['session', 'me'] as const

/**
 * What is worth showing without a gateway, by the beginning of its key and by how long the whole is (null: however long). Not
 * here, so kept nowhere: log lines, notes, variables, keys, tokens, compose files, accounts, the audit log.
 */
const kinds: readonly { begins: readonly string[]; length: number | null }[] = [
  { begins: ME_KEY, length: 2 },
  { begins: ['fleets', 'list'], length: 2 },
  { begins: ['fleets', 'names'], length: 2 },
  { begins: ['fleets', 'one'], length: 3 },
  { begins: ['devices', 'list'], length: null },
  { begins: ['devices', 'facets'], length: 3 },
  { begins: ['devices', 'fleets'], length: 2 },
  { begins: ['devices', 'one'], length: 3 },
  { begins: ['releases', 'list'], length: 3 },
  { begins: ['rollouts', 'list'], length: 3 },
  { begins: ['rollouts', 'one'], length: 3 },
  { begins: ['actions', 'device'], length: 4 },
  { begins: ['notifications', 'inbox'], length: 2 },
  { begins: ['timeline'], length: 3 },
  { begins: ['health', 'explained'], length: null },
  { begins: ['metrics'], length: 3 },
]

export const isKept = (key: QueryKey): boolean =>
  kinds.some(
    ({ begins, length }) =>
      begins.every((part, index) => key[index] === part) && (length === null || key.length === length),
  )

export const isOfMe = (key: QueryKey): boolean => key[0] === ME_KEY[0] && key[1] === ME_KEY[1]

/** The token that lets writes through is no business of a disk. */
const withoutSecret = (key: QueryKey, data: unknown): unknown =>
  isOfMe(key) ? { ...(data as Me), csrfToken: '' } : data

type Seen = Pick<Query, 'queryKey'> & { state: Pick<Query['state'], 'data' | 'dataUpdatedAt'> }

/** Of all that is in the cache what is kept, the newest first, as much as there is room for. */
export function chooseKept(seen: readonly Seen[]): KeptEntry[] {
  const candidates = seen
    .filter(({ queryKey, state }) => isKept(queryKey) && state.data !== undefined && state.data !== null)
    // Without the person nothing else could be shown.
    .sort(
      (a, b) =>
        Number(isOfMe(b.queryKey)) - Number(isOfMe(a.queryKey)) ||
        b.state.dataUpdatedAt - a.state.dataUpdatedAt,
    )
    .slice(0, MOST_ENTRIES)
  let left = MOST_CHARS.all
  const entries: KeptEntry[] = []
  for (const { queryKey, state } of candidates) {
    const chars = JSON.stringify(state.data).length
    if (chars > MOST_CHARS.one || chars > left) continue
    left -= chars
    entries.push({ key: queryKey, data: withoutSecret(queryKey, state.data), at: state.dataUpdatedAt })
  }
  return entries
}

/** Whether what is kept may be shown: of this very build, not too old, and of a session that would still be open. */
export function mayShow(kept: Kept, build: string, nowMs: number): boolean {
  const me = kept.entries.find(({ key }) => isOfMe(key))?.data as Me | undefined
  return (
    kept.build === build &&
    nowMs - kept.at < KEPT_HOURS * HOUR_MS &&
    me !== undefined &&
    Date.parse(me.expiresAt) > nowMs
  )
}
