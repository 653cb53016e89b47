/** A value as a URL parameter: lists as `a,b,c`, nothing and null as the empty string. */
export function queryText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(queryText).join(',')
  return JSON.stringify(value)
}
