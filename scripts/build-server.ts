/**
 * Bundles what runs in node: the gateway with its database worker and migrations, and the virtual devices.
 * Packages stay outside the bundles and are loaded from node_modules.
 */
import { cp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { contractVersion } from './contract-facts.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

const programs = [
  { from: 'server/main.ts', to: 'dist/server/main.js', isRequired: true },
  // pglite-thread.ts looks for the worker beside the file that runs.
  { from: 'server/platform/db/pglite-worker.ts', to: 'dist/server/pglite-worker.js', isRequired: true },
  { from: 'simulator/main.ts', to: 'dist/simulator/main.js', isRequired: false },
  { from: 'simulator/demo.ts', to: 'dist/simulator/demo.js', isRequired: false },
]

await rm(path.join(root, 'dist/server'), { recursive: true, force: true })
await rm(path.join(root, 'dist/simulator'), { recursive: true, force: true })
for (const { from, to, isRequired } of programs) {
  if (!isRequired && !existsSync(path.join(root, from))) {
    process.stdout.write(`${to}  not built: ${from} does not exist\n`)
    continue
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [from],
    outfile: to,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    define: { __CONTRACT_VERSION__: JSON.stringify(contractVersion(path.join(root, 'contract'))) },
    // `packages: 'external'` would leave the import map of package.json to node, which cannot run TypeScript.
    plugins: [
      {
        name: 'contract',
        setup: (builder) => {
          builder.onResolve({ filter: /^#contract\// }, ({ path: name }) => ({
            path: path.join(root, 'contract', `${name.slice('#contract/'.length)}.ts`),
          }))
        },
      },
    ],
    sourcemap: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  const sizeBytes = metafile.outputs[to]?.bytes ?? 0
  process.stdout.write(`${to}  ${String(Math.ceil(sizeBytes / 1024))} kB\n`)
}
await cp(path.join(root, 'server/migrations'), path.join(root, 'dist/server/migrations'), { recursive: true })
process.stdout.write('dist/server/migrations\n')
