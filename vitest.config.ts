import { availableParallelism } from 'node:os'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumArgs, findChromium } from './scripts/find-chromium.ts'

const ci = process.env.CI === 'true'
const maxWorkers = Math.min(2, availableParallelism())

/** `unit`: everything that runs in node. `component`: components in a real, headless Chromium. */
export default defineConfig({
  test: {
    maxWorkers,
    dangerouslyIgnoreUnhandledErrors: false,
    passWithNoTests: true,
    allowOnly: !ci,
    // A condition is waited for, not timed: see scripts/vitest-patience.ts.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: './vite.config.ts',
        test: {
          name: 'unit',
          environment: 'node',
          // A worker reads modules once for all its files, which is a quarter of what they cost; tests share no state in modules.
          isolate: false,
          include: ['{contract,server,src,simulator,scripts,bench}/**/*.test.ts'],
          globalSetup: ['./scripts/vitest-postgres.ts'],
          setupFiles: ['./scripts/vitest-patience.ts'],
          // Far longer than any takes: how busy the machine is decides nothing.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: './vite.config.ts',
        // Scanned up front: a dependency found half-way makes Vite reload the page under a running test.
        optimizeDeps: {
          entries: ['src/**/*.{ts,tsx}'],
          include: [
            'vitest-browser-react',
            'react',
            'react-dom',
            'react-dom/client',
            'react/jsx-dev-runtime',
          ],
        },
        test: {
          name: 'component',
          include: ['src/**/*.test.tsx'],
          setupFiles: ['./scripts/vitest-patience.ts', './src/testing/setup.ts'],
          testTimeout: 20_000,
          browser: {
            enabled: true,
            headless: true,
            ui: false,
            screenshotFailures: false,
            viewport: { width: 1440, height: 900 },
            provider: playwright({
              launchOptions: { executablePath: findChromium() ?? '/usr/bin/chromium', args: chromiumArgs },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
