import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const gatewayUrl = process.env.WHEELHOUSE_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
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
      output: {
        // The parts that hardly ever change get chunks of their own, so that a new version of the app
        // does not make browsers fetch React again. Everything else is split by route.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 3 },
            { name: 'router', test: /node_modules\/(react-router|cookie|set-cookie-parser)\//, priority: 2 },
            // What most pages share: one request instead of twenty small ones.
            {
              name: 'base',
              test: /\/(src\/(ui|lib|domain|live)|contract|node_modules\/(zod|clsx|lucide-react))\//,
              minShareCount: 8,
            },
            {
              name: 'query',
              test: /node_modules\/(@tanstack\/(react-query|query-core)|zustand)\//,
              priority: 1,
            },
          ],
        },
      },
    },
  },
})
