import { fieldAt, fieldText, readLogFields, type FieldCondition, type LogFields } from '#contract/log-fields'

/** So many fields of a line are shown in the list; its details show all. */
export const SHOWN_FIELDS = 40
const MAX_FIELDS = 500
const MAX_DEPTH = 4
/** Under these keys stands what a line says; it goes first and without its name. */
const messageKeys = ['message', 'msg']

export type LineField = { path: string; value: unknown; isMessage: boolean }

const isObject = (value: unknown): value is LogFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function* walk(fields: LogFields, prefix: string, depth: number): Generator<LineField> {
  for (const [key, value] of Object.entries(fields)) {
    const path = `${prefix}${key}`
    if (isObject(value) && depth < MAX_DEPTH && Object.keys(value).length > 0)
      yield* walk(value, `${path}.`, depth + 1)
    else
      yield {
        path,
        value,
        isMessage: prefix === '' && messageKeys.includes(key) && typeof value === 'string',
      }
  }
}

/** The fields of a line under the paths that filters know them by, what the line says first. */
export function lineFields(fields: LogFields): LineField[] {
  const found: LineField[] = []
  for (const field of walk(fields, '', 1)) {
    found.push(field)
    if (found.length === MAX_FIELDS) break
  }
  return [...found.filter((field) => field.isMessage), ...found.filter((field) => !field.isMessage)]
}

/** A longer value is not filtered by: it would not fit in a link. */
export const MAX_FILTER_CHARACTERS = 300

/** That a field is as it is in this line; null when the line has no such field or it is too long. */
export function conditionOn(message: string, path: string): FieldCondition | null {
  const fields = readLogFields(message)
  const value = fields === null ? undefined : fieldAt(fields, path)
  if (value === undefined) return null
  const text = fieldText(value)
  return text.length > MAX_FILTER_CHARACTERS ? null : { path, operator: 'is', value: text }
}
