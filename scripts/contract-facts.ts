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

/** Every route without its schemas, for `src/lib/route-table.ts`. */
export const routeTable = () =>
  Object.fromEntries(
    Object.entries(routes).map(([name, route]) => [
      name,
      {
        // What is usual is left out: the table is part of every page's first load.
        path: route.path.replace(API_ROOT, ''),
        ...(route.method === 'GET' ? {} : { method: route.method }),
        ...(route.permission === 'public' ? { isPublic: true } : {}),
        ...('response' in route ? {} : { isSilent: true }),
      },
    ]),
  )
