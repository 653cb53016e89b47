import { z } from 'zod'
import { logLevel, type LogSelector } from '#contract/log'
import { commaList, deviceUuid, instant, queryBoolean } from '#contract/query'

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
  /** Where to stand in the log; absent: at its end, following. */
  at: instant.optional(),
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
    fields: '',
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
  ]
  return isSet.filter(Boolean).length
}
