import { isMap, isPair, isScalar, type LineCounter, type YAMLMap } from 'yaml'
import type { ComposeProblem } from '#contract/release'

/** Collects complaints with the line and column of the node they are about. */
export class Checker {
  readonly problems: ComposeProblem[] = []
  readonly #lines: LineCounter
  constructor(lines: LineCounter) {
    this.#lines = lines
  }
  add(severity: ComposeProblem['severity'], node: unknown, path: string, message: string): void {
    const range = (node as { range?: [number, number, number] | null } | null | undefined)?.range
    const at = range ? this.#lines.linePos(range[0]) : { line: 1, col: 1 }
    this.problems.push({ line: at.line || 1, column: at.col || 1, severity, path, message })
  }
  error(node: unknown, path: string, message: string): void {
    this.add('error', node, path, message)
  }
}

export const asMap = (node: unknown): YAMLMap | null => (isMap(node) ? node : null)
export const keyText = (node: unknown) => (isScalar(node) ? String(node.value) : '')
export const entries = (map: YAMLMap | null) =>
  (map?.items ?? [])
    .filter(isPair)
    .map((pair) => ({ key: keyText(pair.key), keyNode: pair.key, value: pair.value }))
export const valueText = (node: unknown): string | null => {
  if (node === null || node === undefined) return ''
  if (!isScalar(node)) return null
  if (node.value === null) return ''
  if (node.source !== undefined) return node.source
  const { value } = node
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : null
}
