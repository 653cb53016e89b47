import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { contractVersion, routeTable } from './scripts/contract-facts.ts'

const contract = fileURLToPath(new URL('./contract', import.meta.url))
const page = fileURLToPath(new URL('./src', import.meta.url))
const gatewayUrl = process.env.WHEELHOUSE_URL ?? 'http://127.0.0.1:8080'

/**
 * What every page begins with is marked to be compiled whole while it arrives, on a thread of its own: else V8 compiles it
 * function by function when the page runs them, which cost a fifth of the main thread's time until the first fleet is seen.
 * Browsers that do not know the mark read a comment (https://v8.dev/blog/explicit-compile-hints).
 */
const compiledAhead: Plugin = {
  name: 'compiled-ahead',
  // Vite writes its own first line last of all, and the mark counts at the very beginning.
  async writeBundle({ dir = '' }, bundle) {
    for (const entry of Object.values(bundle)) {
      if (entry.type !== 'chunk' || !entry.isEntry) continue
      for (const name of [entry.fileName, ...entry.imports]) {
        const file = path.join(dir, name)
        await writeFile(file, `//# allFunctionsCalledOnLoad\n${await readFile(file, 'utf8')}`)
      }
    }
  },
}

export default defineConfig(({ command }) => ({
  define: {
    // From source a route may be called that none has called before.
    __ROUTE_TABLE__: JSON.stringify(routeTable(command === 'build' ? page : null)),
    // From source the page knows nothing of the gateway it will meet, and checks every answer.
    ...(command === 'build' ? { __CONTRACT_VERSION__: JSON.stringify(contractVersion(contract)) } : {}),
  },
  plugins: [react(), tailwindcss(), compiledAhead],
  resolve: { alias: { '@': page } },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': gatewayUrl,
      // With the slash: the page has addresses under /devices.
      '/device/': gatewayUrl,
      '/socket.io': { target: gatewayUrl, ws: true },
    },
  },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    sourcemap: false,
    // What each page is made of, for the check of its size (scripts/page-size.ts).
    manifest: true,
    // The gateway's CSP allows neither inline scripts nor data: fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // A schema that nobody asks for is no part of a page.
      treeshake: {
        moduleSideEffects: [{ test: /\/contract\//, sideEffects: false }],
        manualPureFunctions: ['z'],
      },
      output: {
        // The parts that hardly ever change get chunks of their own, so that a new version of the app
        // does not make browsers fetch React again. Everything else is split by route.
        codeSplitting: {
          groups: [
            {
              name: 'vendor',
              test: /node_modules\/(react|react-dom|scheduler|react-router|cookie|set-cookie-parser|@tanstack\/(react-query|query-core)|zustand|clsx)\/|rolldown\/runtime/,
              priority: 3,
            },
            { name: 'forms', test: /node_modules\/(react-hook-form|@hookform\/resolvers)\//, priority: 3 },
            { name: 'schemas', test: /\/(contract|node_modules\/zod)\//, minShareCount: 8, priority: 2 },
            // What most pages share: one request instead of twenty small ones.
            {
              name: 'base',
              test: /\/(src\/(ui|lib|domain|live)|node_modules\/lucide-react)\/|contract\/(api-root|role|device-states|health-states|live-timing|version)\.ts/,
              minShareCount: 4,
              priority: 3,
            },
          ],
        },
      },
    },
  },
}))
