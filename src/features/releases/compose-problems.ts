import type { FieldError } from '#contract/problem'
import type { ComposeProblem } from '#contract/release'

/** The worst complaint of each line, for marks beside the line numbers. */
export function worstByLine(problems: readonly ComposeProblem[]): Map<number, ComposeProblem['severity']> {
  const worst = new Map<number, ComposeProblem['severity']>()
  for (const { line, severity } of problems) if (worst.get(line) !== 'error') worst.set(line, severity)
  return worst
}

/** Offset in `text` of a place given by line and column, both from 1; beyond the end: the end of that line or text. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', start)
    if (next === -1) return text.length
    start = next + 1
  }
  const end = text.indexOf('\n', start)
  return Math.min(start + Math.max(0, column - 1), end === -1 ? text.length : end)
}

const PLACE = /^composeYaml:(\d+):(\d+)\s*(.*)$/

/** Refused fields of a new release, told apart: places in the compose file, and the other fields by name. */
export function splitRefusals(fields: readonly FieldError[]) {
  const problems: ComposeProblem[] = []
  const byField = new Map<string, string>()
  for (const { field, reason } of fields) {
    const place = PLACE.exec(field)
    if (place)
      problems.push({
        line: Number(place[1]),
        column: Number(place[2]),
        severity: 'error',
        path: place[3] ?? '',
        message: reason,
      })
    else {
      const name = field.split('.')[0] ?? field
      if (!byField.has(name)) byField.set(name, field === name ? reason : `${field} ${reason}`)
    }
  }
  return { problems, byField }
}
