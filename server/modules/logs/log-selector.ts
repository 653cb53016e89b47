import { RE2JS } from 're2js'
import { sql, type RawBuilder } from 'kysely'
import { meetsFields, parseFieldFilter, readLogFields, type FieldCondition } from '#contract/log-fields'
import type { LogLine, LogSelector } from '#contract/log'

/** A selector whose regular expression cannot be compiled; `reason` is for the person who typed it. */
export class BadPattern extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(`bad regular expression: ${reason}`)
    this.reason = reason
  }
}

/** Time to match grows with the pattern's steps times the line's length: `.{1,1000}` is a thousand steps. */
const MAX_PATTERN_STEPS = 1_000

/**
 * Compiles a pattern in RE2 syntax: matching takes time linear in the line, so no pattern can hang the gateway.
 * Case does not matter. Throws BadPattern.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const compiled = compile(pattern)
  if (compiled.programSize() > MAX_PATTERN_STEPS)
    throw new BadPattern('it is too large; repeat fewer times what stands before { }')
  return (text) => compiled.matcher(text).find()
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  } catch (error) {
    throw new BadPattern(error instanceof Error ? error.message : String(error))
  }
}

type Matchable = Pick<LogLine, 'deviceUuid' | 'service' | 'isSystem' | 'isStderr' | 'level' | 'message'>

/** Stores know upper and lower case of ASCII alike; of other letters as their locale has it, or not at all. */
const isAscii = (text: string) => /^[ -~\t]*$/.test(text)

/**
 * The parts of a selector that the store cannot judge as a predicate over messages: pattern, fields, and a text beyond
 * ASCII; null when there are none. Throws BadPattern.
 */
export function messageFilter(
  selector: Pick<LogSelector, 'text' | 'regex' | 'fields'>,
): ((message: string) => boolean) | null {
  const text = isAscii(selector.text) ? '' : selector.text.toLowerCase()
  const pattern = selector.regex === '' ? null : compilePattern(selector.regex)
  const conditions = parseFieldFilter(selector.fields)
  if (text === '' && pattern === null && conditions.length === 0) return null
  return (message) => {
    if (text !== '' && !message.toLowerCase().includes(text)) return false
    if (conditions.length > 0) {
      const fields = readLogFields(message)
      if (fields === null || !meetsFields(fields, conditions)) return false
    }
    return pattern === null || pattern(message)
  }
}

/** The selector as a predicate over lines; `fleetId` is the fleet of the line's device. Throws BadPattern. */
export function compileSelector(
  selector: LogSelector,
): (line: Matchable, fleetId: number | undefined) => boolean {
  const devices = new Set(selector.device)
  const services = new Set(selector.service)
  const levels = new Set<string>(selector.level)
  const text = isAscii(selector.text) ? selector.text.toLowerCase() : ''
  const filter = messageFilter(selector)
  return (line, fleetId) =>
    (devices.size === 0 || devices.has(line.deviceUuid)) &&
    (selector.fleetId === undefined || selector.fleetId === fleetId) &&
    (services.size === 0 || (line.service !== null && services.has(line.service))) &&
    (levels.size === 0 || levels.has(line.level)) &&
    (selector.source === 'all' || (selector.source === 'system') === line.isSystem) &&
    (selector.stderr === 'all' || line.isStderr) &&
    (text === '' || line.message.toLowerCase().includes(text)) &&
    (filter === null || filter(line.message))
}

const holds = (text: string) => sql`(strpos(l.message, ${text}) > 0 or strpos(l.message, '\\u') > 0)`

/**
 * What every line with these fields must hold as text, unless it is written in escapes. Only names and words: a number
 * may be written in more ways than one.
 */
function fieldHints(conditions: readonly FieldCondition[]): RawBuilder<unknown>[] {
  if (conditions.length === 0) return []
  const words = conditions.flatMap((condition) => {
    if (condition.operator === 'is-not') return []
    const [key = ''] = condition.path.split('.')
    return condition.operator === 'is' && !/^\d/.test(condition.value) ? [key, condition.value] : [key]
  })
  return [sql`strpos(l.message, '{') > 0`, ...words.filter((word) => /^[\w-]+$/.test(word)).map(holds)]
}

/**
 * Text that every line matching a pattern must hold, so that the store can leave out most of the others. Only what stands
 * outside of groups and classes and is not optional; nothing where alternatives or flags could make it so.
 */
export function patternHints(pattern: string): string[] {
  if (/[|]|\(\?|\\[QE]/.test(pattern)) return []
  const hints: string[] = []
  let run = ''
  let depth = 0
  const end = () => {
    if (run.length > 1) hints.push(run)
    run = ''
  }
  const tokens = pattern.match(
    /\\(?:[0-7]{1,3}|[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x..|.)|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]|\{[^}]*\}|./gsu,
  )
  for (const token of tokens ?? []) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (depth === 0 && /^[\w ,:;=/@#%&'"<>-]$/.test(token)) {
      run += token
      continue
    }
    // What stands before these may be missing.
    if (/^[*?{]/.test(token)) run = run.slice(0, -1)
    end()
  }
  end()
  return hints
}

/**
 * Lines that hold an ASCII text in upper or lower case. By the C collation, which looks at ASCII letters alone: as PGlite
 * does it, other letters cost twice as much.
 */
const anywhere = (text: string) => sql`l.message collate "C" ilike ${`%${text.replace(/[\\%_]/g, '\\$&')}%`}`

/** What the store can see of a text: all of it, or else the longest part of it that is ASCII. */
function storableText(text: string): string {
  const parts = text.match(/[ -~\t]+/g) ?? []
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

/** What the store can judge of a line besides its scope, over alias `l` (log_line). */
export function lineConditions(selector: LogSelector): RawBuilder<unknown>[] {
  const conditions: RawBuilder<unknown>[] = []
  if (selector.service.length > 0) conditions.push(sql`l.service_name = any(${selector.service}::text[])`)
  if (selector.level.length > 0) conditions.push(sql`l.level = any(${selector.level}::text[])`)
  if (selector.source !== 'all') conditions.push(sql`l.is_system = ${selector.source === 'system'}`)
  if (selector.stderr === 'only') conditions.push(sql`l.is_stderr`)
  const text = storableText(selector.text)
  if (text !== '') conditions.push(anywhere(text))
  return [
    ...conditions,
    ...patternHints(selector.regex).map(anywhere),
    ...fieldHints(parseFieldFilter(selector.fields)),
  ]
}
