import { z } from 'zod'
import { logLevel, logLine, logRange, logSelector } from './log.ts'
import { id, instant } from './query.ts'

const count = z.int().nonnegative()

export const MAX_HISTOGRAM_BUCKETS = 300

/** Counts over time for the same lines as a search. Without `from` the range begins at the oldest line, without `to` it ends now. */
export const logHistogramQuery = logSelector.extend({
  ...logRange,
  /** At most so many buckets; the gateway takes the next even width (1 s, 5 s, 1 min, 1 h …). */
  buckets: z.coerce.number().int().min(1).max(MAX_HISTOGRAM_BUCKETS).default(100),
})
/**
 * Buckets in order, without gaps, those without lines included. `isSampled`: the range holds more than may be counted in
 * the time given, so counts are estimates from the `share` (0 to 1) that was looked at.
 */
export const logHistogram = z.object({
  from: instant,
  to: instant,
  bucketSeconds: z.number().positive(),
  buckets: z.array(z.object({ at: instant, total: count, byLevel: z.record(logLevel, count) })),
  total: count,
  isSampled: z.boolean(),
  share: z.number().min(0).max(1),
})
export type LogHistogram = z.infer<typeof logHistogram>

const around = z.coerce.number().int().min(0).max(500).default(20)
export const logContextQuery = z.object({
  before: around,
  after: around,
  /** `same`: only lines of the line's own service. */
  service: z.enum(['all', 'same']).default('all'),
})
/** A line with the lines of the same device around it, oldest first, whatever a search would say of them. */
export const logContext = z.object({
  line: logLine,
  before: z.array(logLine),
  after: z.array(logLine),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
})
export type LogContext = z.infer<typeof logContext>

/** What a saved query holds: a selector and, when it has one, its range: fixed (`from`, `to`) or up to now (`range`, such as `1h`). */
export const savedLogSearch = logSelector.extend({
  ...logRange,
  range: z.string().max(20).optional(),
})
export type SavedLogSearch = z.infer<typeof savedLogSearch>

export const logQueryName = z.string().trim().min(1, 'must not be empty').max(80)
export const savedLogQuery = z.object({
  id,
  name: logQueryName,
  /** Everybody sees a shared query; others only whoever saved it. */
  isShared: z.boolean(),
  isOwn: z.boolean(),
  savedBy: z.string(),
  updatedAt: instant,
  search: savedLogSearch,
})
export type SavedLogQuery = z.infer<typeof savedLogQuery>
/** A name the caller already used is replaced, also when it was shared and no longer is, or the other way round. */
export const saveLogQueryBody = z.object({
  name: logQueryName,
  isShared: z.boolean().default(false),
  search: savedLogSearch,
})

export const MIN_LOG_RETENTION_BYTES = 1_000_000
/** Null: the gateway's own setting, for `bytes` also no limit. */
export const logRetentionBody = z.object({
  days: z.number().min(0.1, 'must be at least 0.1').max(3650).nullable(),
  bytes: z
    .int()
    .min(MIN_LOG_RETENTION_BYTES, `must be at least ${MIN_LOG_RETENTION_BYTES} (1 MB)`)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable(),
})
export type LogRetentionLimits = z.infer<typeof logRetentionBody>

/** `bytes` counts the text of the lines and what the store keeps beside each. */
export const logUsage = z.object({
  lines: count,
  bytes: count,
  oldestAt: instant.nullable(),
  newestAt: instant.nullable(),
})
export type LogUsage = z.infer<typeof logUsage>
/** How long log lines of a fleet are kept, and what is there. `defaults` holds where a limit is null. */
export const logRetention = z.object({
  limits: logRetentionBody,
  defaults: z.object({ days: z.number(), bytes: z.number().nullable(), linesPerDevice: z.int() }),
  usage: logUsage,
})
export type LogRetention = z.infer<typeof logRetention>
export const logRetentionPreviewQuery = z.object({
  days: z.coerce.number().min(0.1).max(3650).optional(),
  bytes: z.coerce.number().int().min(MIN_LOG_RETENTION_BYTES).max(Number.MAX_SAFE_INTEGER).optional(),
})
/** What limits would delete, to the hour, and when the oldest line left would be from. */
export const logRetentionPreview = z.object({
  lines: count,
  bytes: count,
  oldestKeptAt: instant.nullable(),
})
export type LogRetentionPreview = z.infer<typeof logRetentionPreview>
