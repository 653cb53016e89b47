import { z } from 'zod'
import { instant } from '#contract/query'

const MINUTE_MS = 60_000
const unitMs = { m: MINUTE_MS, h: 60 * MINUTE_MS, d: 24 * 60 * MINUTE_MS }
const unitWords = { m: 'minute', h: 'hour', d: 'day' }
const MAX_RANGE_MS = 400 * unitMs.d

/** The ranges up to now that are offered as buttons, shortest first. */
export const rangePresets = ['15m', '1h', '6h', '24h', '7d', '30d'] as const

/** A day; for what is known for less, the shortest preset that holds all of it: no axis that is mostly empty. */
export function dayOrLess(knownForMs: number): (typeof rangePresets)[number] {
  return rangePresets.slice(0, 3).find((range) => knownForMs <= (rangeLengthMs(range) ?? 0)) ?? '24h'
}

function partsOf(range: string): { count: number; unit: keyof typeof unitMs } | null {
  const [, count, unit] = /^([1-9]\d{0,3})([mhd])$/.exec(range) ?? []
  return count !== undefined && (unit === 'm' || unit === 'h' || unit === 'd')
    ? { count: Number(count), unit }
    : null
}

/** The length of a range such as `1h` in ms; null when it is none or longer than 400 days. */
export function rangeLengthMs(range: string): number | null {
  const parts = partsOf(range)
  const lengthMs = parts === null ? null : parts.count * unitMs[parts.unit]
  return lengthMs !== null && lengthMs <= MAX_RANGE_MS ? lengthMs : null
}

/** `1h` as `the last hour`, `24h` as `the last 24 hours`. */
export function rangeInWords(range: string): string {
  const parts = partsOf(range)
  if (parts === null) return range
  const word = unitWords[parts.unit]
  return parts.count === 1 ? `the last ${word}` : `the last ${parts.count} ${word}s`
}

/**
 * A time range in the URL of a page: fixed by `from` and `to`, or live by `range` (`1h`: the last hour up to now). Spread
 * into the schema of a page with `...timeRangeSearch.shape`. Where both are named, the fixed one counts.
 */
export const timeRangeSearch = z.object({
  from: instant.optional(),
  to: instant.optional(),
  range: z
    .string()
    .refine((value) => rangeLengthMs(value) !== null, 'must be a length of time such as 1h')
    .optional(),
})
export type TimeRangeSearch = z.infer<typeof timeRangeSearch>

/** A range in ms. `isLive`: its end moves with the clock. */
export type TimeRange = { fromMs: number; toMs: number; isLive: boolean }

/**
 * The range an address means at this moment. Without `to` it ends now; without `from` it is as long as `fallback`
 * (a range such as `24h`, which also holds where the address names none).
 */
export function resolveTimeRange(search: TimeRangeSearch, nowMs: number, fallback: string): TimeRange {
  const lengthMs = rangeLengthMs(search.range ?? fallback) ?? unitMs.h
  if (search.from === undefined && search.to === undefined)
    return { fromMs: nowMs - lengthMs, toMs: nowMs, isLive: true }
  const isLive = search.to === undefined
  const toMs = search.to === undefined ? nowMs : Date.parse(search.to)
  const fromMs = search.from === undefined ? toMs - lengthMs : Date.parse(search.from)
  // Whoever wrote the two the wrong way round meant the time between them.
  return { fromMs: Math.min(fromMs, toMs), toMs: Math.max(fromMs, toMs), isLive }
}

/** A range in ms as the parameters of an address that shows the same later and to others. */
export const fixedRange = (fromMs: number, toMs: number): TimeRangeSearch => ({
  from: new Date(fromMs).toISOString(),
  to: new Date(toMs).toISOString(),
  range: undefined,
})

/** The parameters that hold what a live range shows now; a fixed range stays what it is. */
export function freezeTimeRange(search: TimeRangeSearch, nowMs: number, fallback: string): TimeRangeSearch {
  const { fromMs, toMs } = resolveTimeRange(search, nowMs, fallback)
  return fixedRange(fromMs, toMs)
}
