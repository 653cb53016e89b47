/** Bundles the service worker of the built page, with the names of all files that the app may need. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const app = path.join(root, 'dist/app')
const TO = 'sw.js'

const files = readdirSync(app, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(js|css|svg|woff2)$/.test(entry.name) && entry.name !== TO)
  .map((entry) => `/${path.relative(app, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/')}`)
  .sort()
const hash = createHash('sha256').update(readFileSync(path.join(app, 'index.html')))
// Most carry their content in their names, but not all.
for (const file of files) hash.update(file).update(readFileSync(path.join(app, file)))

await build({
  absWorkingDir: root,
  entryPoints: ['src/service-worker/service-worker.ts'],
  outfile: path.join(app, TO),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  define: {
    __SHELL_BUILD__: JSON.stringify(hash.digest('hex').slice(0, 16)),
    __SHELL_FILES__: JSON.stringify(files),
  },
  legalComments: 'none',
  logLevel: 'warning',
})
process.stdout.write(`dist/app/${TO}  keeps ${String(files.length)} files\n`)
