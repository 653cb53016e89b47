import { z } from 'zod'
import { logLevel, type LogSelector } from '#contract/log'
import type { SavedLogSearch } from '#contract/log-search'
import { commaList, deviceUuid, id, instant, queryBoolean } from '#contract/query'
import { rangeLengthMs, timeRangeSearch, type TimeRangeSearch } from '@/domain/time-range-search'

export const MAX_CONTEXT = 500

/** What a log view shows, held in the URL; the selector's parts under the names of the API. */
export const logSearch = z.object({
  device: commaList(deviceUuid),
  fleetId: z.coerce.number().int().positive().optional(),
  service: commaList(z.string().max(255)),
  level: commaList(logLevel),
  source: z.enum(['all', 'system', 'services']).default('all'),
  stderr: z.enum(['all', 'only']).default('all'),
  text: z.string().max(500).default(''),
  regex: z.string().max(500).default(''),
  /** Conditions on the fields of JSON lines as they are typed; the gateway says what is wrong with them. */
  fields: z.string().max(1000).default(''),
  /** When lines were received. Without any of them: all that is stored and what arrives. */
  ...timeRangeSearch.shape,
  /** Where to stand in the log; absent: at its end, following. */
  at: instant.optional(),
  /** The line to stand at; wins over `at`. */
  line: id.optional(),
  /** So many lines around `line` are shown with its details; absent: the details are closed. */
  context: z.coerce.number().int().min(0).max(MAX_CONTEXT).optional(),
  /** How lines that are JSON objects are shown. */
  json: z.enum(['fields', 'raw']).default('fields'),
  chart: queryBoolean.default(true),
  wrap: queryBoolean.default(false),
  /** Whose clock times are by; absent: the device's for one device, the gateway's for many, whose clocks may differ. */
  clock: z.enum(['device', 'received']).optional(),
})
export type LogSearch = z.output<typeof logSearch>

/** What a view is bound to by the page around it, such as the device page. */
export type LogScope = { deviceUuid?: string | undefined; fleetId?: number | undefined }

export type LogClock = NonNullable<LogSearch['clock']>

export const clockOf = (search: LogSearch, scope: LogScope): LogClock =>
  search.clock ?? (scope.deviceUuid !== undefined || search.device.length === 1 ? 'device' : 'received')

/** Which lines are meant, by scope and URL. */
export function selectorOf(search: LogSearch, scope: LogScope): LogSelector {
  const fleetId = scope.fleetId ?? search.fleetId
  return {
    device: scope.deviceUuid === undefined ? search.device : [scope.deviceUuid],
    ...(fleetId === undefined || scope.deviceUuid !== undefined ? {} : { fleetId }),
    service: search.service,
    level: search.level,
    source: search.source,
    stderr: search.stderr,
    text: search.text,
    regex: search.regex,
    fields: search.fields,
  }
}

export const noFilters = {
  device: [],
  fleetId: undefined,
  service: [],
  level: [],
  source: 'all',
  stderr: 'all',
  text: '',
  regex: '',
  fields: '',
} satisfies Partial<LogSearch>

/** How many of the filters are set, for the button that clears them. */
export function countFilters(search: LogSearch, scope: LogScope): number {
  const isSet = [
    scope.deviceUuid === undefined && search.device.length > 0,
    scope.deviceUuid === undefined && scope.fleetId === undefined && search.fleetId !== undefined,
    search.service.length > 0,
    search.level.length > 0,
    search.source !== 'all',
    search.stderr !== 'all',
    search.text !== '',
    search.regex !== '',
    search.fields !== '',
  ]
  return isSet.filter(Boolean).length
}

/** Where a view begins: at a line, around a time, or (neither) at its end. */
export type LogStart = { at: string | null; line: number | null }

/** The ends of the range, where it has them. */
export type LogEnds = { from?: string; to?: string }

/** The ends of what the URL means, for a view opened at this moment: a range up to now keeps its beginning. */
export function endsOf({ from, to, range }: TimeRangeSearch, openedAtMs: number): LogEnds {
  if (from !== undefined || to !== undefined) {
    // Whoever wrote the two the wrong way round meant the time between them.
    const isSwapped = from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to)
    const [first, last] = isSwapped ? [to, from] : [from, to]
    return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) }
  }
  const lengthMs = range === undefined ? null : rangeLengthMs(range)
  return lengthMs === null ? {} : { from: new Date(openedAtMs - lengthMs).toISOString() }
}

/** Nothing of the range, and the end of the log. */
export const wholeLog = {
  from: undefined,
  to: undefined,
  range: undefined,
  at: undefined,
  line: undefined,
  context: undefined,
} satisfies Partial<LogSearch>

/** What is kept of a view under a name. */
export function savedSearchOf(search: LogSearch, scope: LogScope): SavedLogSearch {
  const { from, to, range } = search
  return {
    ...selectorOf(search, scope),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(range === undefined ? {} : { range }),
  }
}

/** The view that a saved query means; within a page bound to a device or a fleet, of that one. */
export function searchOfSaved(saved: SavedLogSearch, scope: LogScope): Partial<LogSearch> {
  const { device, fleetId, range, ...rest } = saved
  return {
    ...wholeLog,
    ...rest,
    range,
    ...(scope.deviceUuid === undefined ? { device } : {}),
    ...(scope.deviceUuid === undefined && scope.fleetId === undefined ? { fleetId } : {}),
  }
}

export const hasRange = ({ from, to, range }: TimeRangeSearch): boolean =>
  from !== undefined || to !== undefined || range !== undefined

export const startOf = ({ at, line }: LogSearch): LogStart => ({ at: at ?? null, line: line ?? null })
