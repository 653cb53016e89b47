/**
 * One field of RFC 4180. What people and devices call things is hostile: a text that a spreadsheet would take for a formula
 * gets an apostrophe before it. A figure is no text somebody typed: a negative temperature stays a number.
 */
export function csvField(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export type CsvColumns<Row> = readonly (readonly [
  name: string,
  read: (row: Row) => string | number | null | undefined,
])[]

export const csvHead = <Row>(columns: CsvColumns<Row>) =>
  `${columns.map(([name]) => csvField(name)).join(',')}\r\n`
export const csvLine = <Row>(columns: CsvColumns<Row>, row: Row) =>
  `${columns.map(([, read]) => csvField(read(row))).join(',')}\r\n`
