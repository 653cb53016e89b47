/** What a browser fetches before a page of the built app can be drawn, read from the manifest that Vite writes. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'

const manifestEntry = z.object({
  file: z.string(),
  src: z.string().optional(),
  isEntry: z.boolean().optional(),
  imports: z.array(z.string()).default([]),
  css: z.array(z.string()).default([]),
})

export type PageSize = {
  /** The route module, e.g. `fleets`. */
  route: string
  scripts: number
  /** Sums of the files, each with gzip; bytes. */
  scriptBytes: number
  styleBytes: number
}

/** The page that is seen first comes with the entry; the others are modules of their own. */
const FIRST_ROUTE = 'fleets'

/**
 * The first load of every route: the entry, the route's module, and all that either imports statically. What is
 * fetched later, when it is used, does not count.
 * @throws Error when the app has not been built.
 */
export function measurePages(appFolder: string): PageSize[] {
  const text = readFileSync(path.join(appFolder, '.vite/manifest.json'), 'utf8')
  const manifest = new Map(Object.entries(z.record(z.string(), manifestEntry).parse(JSON.parse(text))))
  const sizes = new Map<string, number>()
  const sizeOf = (file: string) => {
    const known = sizes.get(file) ?? gzipSync(readFileSync(path.join(appFolder, file))).length
    sizes.set(file, known)
    return known
  }
  const entry = [...manifest].find(([, { isEntry }]) => isEntry)
  if (!entry) throw new Error(`${appFolder}/.vite/manifest.json names no entry: build the app anew`)
  const routes = [...manifest.keys()].filter((key) => key.startsWith('src/app/routes/'))
  return [entry[0], ...routes].map((key) => {
    const needed = new Set<string>()
    const add = (name: string) => {
      if (needed.has(name)) return
      needed.add(name)
      manifest.get(name)?.imports.forEach(add)
    }
    add(entry[0])
    add(key)
    const parts = [...needed].map((name) => {
      const part = manifest.get(name)
      if (!part) throw new Error(`the manifest names ${name} but does not describe it`)
      return part
    })
    const styles = new Set(parts.flatMap((part) => part.css))
    const sum = (files: Iterable<string>) => [...files].reduce((total, file) => total + sizeOf(file), 0)
    return {
      route: key === entry[0] ? FIRST_ROUTE : path.basename(key).replace(/\.route\.tsx$/, ''),
      scripts: parts.length,
      scriptBytes: sum(parts.map(({ file }) => file)),
      styleBytes: sum(styles),
    }
  })
}
