import { z } from 'zod'
import { BadFieldFilter, parseFieldFilter } from './log-fields.ts'
import { commaList, deviceUuid, id, instant } from './query.ts'

export const logLevels = ['error', 'warning', 'info', 'debug'] as const
export const logLevel = z.enum(logLevels)
export type LogLevel = z.infer<typeof logLevel>

/**
 * One line of a device's log. `at` is the device's clock, `receivedAt` the gateway's.
 * `level` is read from the text, `error` for stderr when the text says nothing.
 */
export const logLine = z.object({
  id,
  deviceUuid,
  deviceName: z.string(),
  at: instant,
  receivedAt: instant,
  /** Null for system lines. */
  service: z.string().nullable(),
  isSystem: z.boolean(),
  isStderr: z.boolean(),
  level: logLevel,
  message: z.string(),
})
export type LogLine = z.infer<typeof logLine>

/** Conditions on the fields of lines that are JSON objects, as `parseFieldFilter` reads them; empty: every line. */
const fieldFilter = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    try {
      parseFieldFilter(text)
    } catch (error) {
      if (!(error instanceof BadFieldFilter)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  })
  .default('')

/** Which lines are meant. No device and no fleet: every line the user may see. */
export const logSelector = z.object({
  device: commaList(deviceUuid),
  fleetId: id.optional(),
  service: commaList(z.string().max(255)),
  level: commaList(logLevel),
  source: z.enum(['all', 'system', 'services']).default('all'),
  stderr: z.enum(['all', 'only']).default('all'),
  text: z.string().max(500).default(''),
  /** RE2 syntax: linear time, no back-references. */
  regex: z.string().max(500).default(''),
  fields: fieldFilter,
})
export type LogSelector = z.infer<typeof logSelector>

/** When the lines were received, both ends included; an absent end is open. */
export const logRange = { from: instant.optional(), to: instant.optional() }

/**
 * Newest page by default; `before`/`after` are line ids, `at` jumps to a time. All stay within `from` and `to`: those and
 * `at` are by the gateway's clock, as is the order of lines.
 */
export const logQuery = logSelector.extend({
  ...logRange,
  before: id.optional(),
  after: id.optional(),
  at: instant.optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
})
/**
 * Oldest line first. `isTruncated`: the search used up its time before the page was full; `searchedFrom` and `searchedTo`
 * say how far it came to either side (null: to the end). `olderFrom` and `newerFrom`: what to pass as `before` or `after`
 * for the next page (also past lines that did not match); null when there is none. `cursor`: the newest stored line, matching or not, when the page was read; live lines that follow on the page
 * are those beyond it.
 */
export const logPage = z.object({
  lines: z.array(logLine),
  hasOlder: z.boolean(),
  hasNewer: z.boolean(),
  isTruncated: z.boolean(),
  olderFrom: id.nullable(),
  newerFrom: id.nullable(),
  searchedFrom: instant.nullable(),
  searchedTo: instant.nullable(),
  cursor: z.int().nonnegative(),
})
export type LogPage = z.infer<typeof logPage>
export const logExportQuery = logSelector.extend({
  ...logRange,
  format: z.enum(['ndjson', 'text']).default('text'),
})
