import { RE2JS } from 're2js'
import { sql, type RawBuilder } from 'kysely'
import type { LogLine, LogSelector } from '#contract/log'

/** A selector whose regular expression cannot be compiled; `reason` is for the person who typed it. */
export class BadPattern extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`bad regular expression: ${reason}`)
    this.reason = reason
  }
}

/**
 * Compiles a pattern in RE2 syntax: matching takes time linear in the line, so no pattern can hang the gateway.
 * Case does not matter. Throws BadPattern.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
    return (text) => compiled.matcher(text).find()
  } catch (error) {
    throw new BadPattern(error instanceof Error ? error.message : String(error))
  }
}

type Matchable = Pick<LogLine, 'deviceUuid' | 'service' | 'isSystem' | 'isStderr' | 'level' | 'message'>

/** The selector as a predicate over lines; `fleetId` is the fleet of the line's device. Throws BadPattern. */
export function compileSelector(
  selector: LogSelector,
): (line: Matchable, fleetId: number | undefined) => boolean {
  const devices = new Set(selector.device)
  const services = new Set(selector.service)
  const levels = new Set<string>(selector.level)
  const text = selector.text.toLowerCase()
  const pattern = selector.regex === '' ? null : compilePattern(selector.regex)
  return (line, fleetId) =>
    (devices.size === 0 || devices.has(line.deviceUuid)) &&
    (selector.fleetId === undefined || selector.fleetId === fleetId) &&
    (services.size === 0 || (line.service !== null && services.has(line.service))) &&
    (levels.size === 0 || levels.has(line.level)) &&
    (selector.source === 'all' || (selector.source === 'system') === line.isSystem) &&
    (selector.stderr === 'all' || line.isStderr) &&
    (text === '' || line.message.toLowerCase().includes(text)) &&
    (pattern === null || pattern(line.message))
}

/** The part of a selector the store can judge, over aliases `l` (log_line) and `d` (device): all but the pattern. */
export function selectorCondition(selector: LogSelector): RawBuilder<boolean> {
  const conditions: RawBuilder<unknown>[] = [sql`d.deleted_at is null`]
  if (selector.device.length > 0) {
    // By id, so that the index on (device_id, id) serves.
    conditions.push(sql`l.device_id in (select id from device where uuid = any(${selector.device}::text[]))`)
  }
  if (selector.fleetId !== undefined) conditions.push(sql`l.fleet_id = ${selector.fleetId}`)
  if (selector.service.length > 0) conditions.push(sql`l.service_name = any(${selector.service}::text[])`)
  if (selector.level.length > 0) conditions.push(sql`l.level = any(${selector.level}::text[])`)
  if (selector.source !== 'all') conditions.push(sql`l.is_system = ${selector.source === 'system'}`)
  if (selector.stderr === 'only') conditions.push(sql`l.is_stderr`)
  if (selector.text !== '') {
    conditions.push(sql`l.message ilike ${`%${selector.text.replace(/[\\%_]/g, '\\$&')}%`}`)
  }
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}
