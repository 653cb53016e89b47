/** What the builds of page and gateway put in of the contract. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { API_ROOT } from '../contract/api-root.ts'
import { routes } from '../contract/routes.ts'

/** The same for the same sources of the contract, whoever builds them and where. */
export function contractVersion(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  for (const file of files.sort()) {
    // A checkout may end its lines otherwise.
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n')
    hash.update(`${file}\n${text.length}\n${text}`)
  }
  return hash.digest('hex').slice(0, 16)
}

/** All sources of the page as one text. */
const sourcesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n')

/**
 * Routes without their schemas, for `src/lib/route-table.ts`, which reads the lines: all, or those alone that a source in
 * `pageFolder` names.
 */
export function routeTable(pageFolder: string | null): Record<string, string> {
  const sources = pageFolder === null ? null : sourcesIn(pageFolder)
  return Object.fromEntries(
    Object.entries(routes)
      .filter(([name]) => sources === null || sources.includes(`'${name}'`))
      .map(([name, route]) => {
        // What is usual is left out: the table is part of every page's first load.
        const method = route.method === 'GET' ? '' : route.method
        const mark = route.permission === 'public' ? '!' : ''
        return [name, method + mark + route.path.replace(API_ROOT, '')]
      }),
  )
}
