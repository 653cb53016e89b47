import type { LogLevel } from '#contract/log'
import type { LogHistogram } from '#contract/log-search'
import { formatCount, formatNoun } from '@/lib/format'
import { formatDuration } from '@/lib/time'

type Bucket = LogHistogram['buckets'][number]
/** First and last bucket of a selection, in the order they were touched. */
export type BucketSpan = { anchor: number; focus: number }

/** Worst at the foot, where bars can be compared. */
export const stackedLevels: readonly LogLevel[] = ['error', 'warning', 'info', 'debug']

/** The bucket under a place from 0 (left edge) to 1. */
export const bucketAt = (share: number, count: number): number =>
  Math.max(0, Math.min(count - 1, Math.floor(share * count)))

export const orderedSpan = ({ anchor, focus }: BucketSpan): [number, number] =>
  anchor < focus ? [anchor, focus] : [focus, anchor]

/** What the buckets cover, which begins on a round moment before the range does. */
export function coveredMs(histogram: LogHistogram): { startMs: number; endMs: number } {
  const startMs = Date.parse(histogram.buckets[0]?.at ?? histogram.from)
  return { startMs, endMs: startMs + histogram.buckets.length * histogram.bucketSeconds * 1000 }
}

/** From the beginning of the first to the last millisecond of the last bucket of a selection. */
export function spanToMs(histogram: LogHistogram, span: BucketSpan): { fromMs: number; toMs: number } {
  const widthMs = histogram.bucketSeconds * 1000
  const [first, last] = orderedSpan(span)
  const { startMs } = coveredMs(histogram)
  return { fromMs: startMs + first * widthMs, toMs: startMs + (last + 1) * widthMs - 1 }
}

const ZOOM_OUT = 3
/** Three times the range around the same middle; nothing of it lies in the future. */
export function widened(fromMs: number, toMs: number, nowMs: number): { fromMs: number; toMs: number } {
  const lengthMs = Math.max(1000, toMs - fromMs)
  const middleMs = fromMs + lengthMs / 2
  const endMs = Math.min(nowMs, middleMs + (lengthMs * ZOOM_OUT) / 2)
  return { fromMs: Math.round(endMs - lengthMs * ZOOM_OUT), toMs: Math.round(endMs) }
}

const levelNouns: Record<LogLevel, [string, string]> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  info: ['info', 'info'],
  debug: ['debug', 'debug'],
}

/** `340 lines: 12 errors, 328 info`. */
export function countWords(buckets: readonly Bucket[], isSampled: boolean): string {
  const total = buckets.reduce((sum, bucket) => sum + bucket.total, 0)
  const parts = stackedLevels.flatMap((level) => {
    const count = buckets.reduce((sum, bucket) => sum + bucket.byLevel[level], 0)
    const [one, many] = levelNouns[level]
    return count === 0 ? [] : [`${formatCount(count)} ${count === 1 ? one : many}`]
  })
  return `${isSampled ? 'about ' : ''}${formatNoun(total, 'line')}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}

/** `1 bar = 5 min`. */
export const widthWords = (bucketSeconds: number): string =>
  bucketSeconds < 1
    ? `1 bar = ${Math.round(bucketSeconds * 1000)} ms`
    : `1 bar = ${formatDuration(bucketSeconds * 1000)}`
