/** A log line that is a JSON object, and conditions on its fields. Page and gateway read both in the same way. */

export const MAX_FIELD_CONDITIONS = 8
/** Deeper than this nothing is looked for. */
const MAX_DEPTH = 8

/** `path` is a top-level key or a dotted path. Values are compared as text: `500` is both the number and the text. */
export type FieldCondition =
  { path: string; operator: 'is' | 'is-not'; value: string } | { path: string; operator: 'exists' }

export type LogFields = Readonly<Record<string, unknown>>

/** The fields of a line that is a JSON object; null for every other line. */
export function readLogFields(message: string): LogFields | null {
  const text = message.trim()
  if (!text.startsWith('{') || !text.endsWith('}')) return null
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : null
  } catch {
    return null
  }
}

const isFields = (value: unknown): value is LogFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (fields: LogFields, key: string): unknown =>
  Object.hasOwn(fields, key) ? fields[key] : undefined

/**
 * What stands at a path, or undefined. A key that itself holds dots wins over a nested one. Elements of lists are named
 * by their number.
 */
export function fieldAt(fields: LogFields, path: string): unknown {
  const whole = own(fields, path)
  if (whole !== undefined) return whole
  const steps = path.split('.')
  if (steps.length > MAX_DEPTH) return undefined
  let value: unknown = fields
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  }
  return value
}

/** A value as it is compared and shown: text as it is, everything else as JSON. */
export const fieldText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** Whether a line's fields meet every condition. `is-not` also holds where the field is missing. */
export function meetsFields(fields: LogFields, conditions: readonly FieldCondition[]): boolean {
  return conditions.every((condition) => {
    const value = fieldAt(fields, condition.path)
    if (condition.operator === 'exists') return value !== undefined
    const isSame = value !== undefined && fieldText(value) === condition.value
    return condition.operator === 'is' ? isSame : !isSame
  })
}

/** Why a text is no list of conditions; the message is for the person who typed it. */
export class BadFieldFilter extends Error {}

const NEXT = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s="!]+))(?:(!?=)(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?=\s|$)/y

const unquote = (text: string) => text.replace(/\\(.)/gs, '$1')

/**
 * Reads conditions as people type them: `status=500 request.path="/a b" level!=debug error`, where a path alone asks
 * that the field exists. Throws BadFieldFilter.
 */
export function parseFieldFilter(text: string): FieldCondition[] {
  const conditions: FieldCondition[] = []
  const end = text.trimEnd().length
  NEXT.lastIndex = 0
  while (NEXT.lastIndex < end) {
    const at = NEXT.lastIndex
    const found = NEXT.exec(text)
    if (!found)
      throw new BadFieldFilter(
        `cannot be read at "${text.slice(at, at + 20).trim()}": write field=value, field!=value or field, with quotes around what holds spaces`,
      )
    const [, quotedPath, barePath, sign, quotedValue, bareValue] = found
    const path = quotedPath === undefined ? (barePath ?? '') : unquote(quotedPath)
    if (path === '') throw new BadFieldFilter('has a condition without a field')
    const value = quotedValue === undefined ? (bareValue ?? '') : unquote(quotedValue)
    if (sign === undefined) conditions.push({ path, operator: 'exists' })
    else conditions.push({ path, operator: sign === '=' ? 'is' : 'is-not', value })
    if (conditions.length > MAX_FIELD_CONDITIONS)
      throw new BadFieldFilter(`has more than ${MAX_FIELD_CONDITIONS} conditions`)
  }
  return conditions
}

const quote = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`

/** The text that `parseFieldFilter` reads as these conditions. */
export function fieldFilterText(conditions: readonly FieldCondition[]): string {
  return conditions
    .map((condition) => {
      const path = /^[^\s="!]+$/.test(condition.path) ? condition.path : quote(condition.path)
      if (condition.operator === 'exists') return path
      const value = /^[^\s"]*$/.test(condition.value) ? condition.value : quote(condition.value)
      return `${path}${condition.operator === 'is' ? '=' : '!='}${value}`
    })
    .join(' ')
}
