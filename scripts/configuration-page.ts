/**
 * docs/configuration.md is made from the gateway's own settings; a test compares the two. To write it anew:
 *
 *     npm run docs:configuration
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { configSchema } from '../server/platform/config.ts'

export const configurationFile = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../docs/configuration.md',
)

const setting = z.object({
  description: z.string(),
  default: z.union([z.string(), z.number()]).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  enum: z.array(z.string()).optional(),
})
type Setting = z.infer<typeof setting>

const code = (value: string | number) => `\`${String(value)}\``

function allowed(of: Setting): string {
  if (of.enum) return of.enum.map(code).join(', ')
  if (of.exclusiveMinimum !== undefined) return `more than ${String(of.exclusiveMinimum)}`
  if (of.minimum !== undefined && of.maximum !== undefined)
    return `${String(of.minimum)} to ${String(of.maximum)}`
  return ''
}

/** The whole page as Markdown, tables aligned as prettier aligns them. */
export function configurationPage(): string {
  const { properties } = z
    .object({ properties: z.record(z.string(), setting) })
    .parse(z.toJSONSchema(configSchema, { io: 'input' }))
  const rows = Object.entries(properties).map(([name, of]) => [
    code(name),
    of.default === undefined ? '(none)' : code(of.default),
    allowed(of),
    of.description,
  ])
  return `# Configuration

The gateway is configured by environment variables. A value that cannot be used stops the start with one sentence that
names the variable and the reason; an empty variable counts as absent.

${table([['variable', 'default', 'allowed', 'meaning'], ...rows])}

This page is made from the gateway's own settings by \`npm run docs:configuration\`.
`
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join(
    '\n',
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(configurationFile, configurationPage())
  process.stdout.write('docs/configuration.md\n')
}
