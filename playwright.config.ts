import { defineConfig, devices } from '@playwright/test'
import { chromiumArgs, findChromium } from './scripts/find-chromium.ts'

const executablePath = findChromium()
const desktop = { viewport: { width: 1440, height: 900 } }

/**
 * The stories of e2e/ in a real Chromium. They need a build (`npm run build`); each worker starts a gateway of its
 * own on a free port, so nothing has to run beforehand.
 */
export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results/browser',
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  forbidOnly: process.env.CI === 'true',
  // A story that passes only when repeated is broken.
  retries: 0,
  // Stories wait for devices and for time to pass: two on two cores leave a quarter of them idle.
  workers: Number(process.env.E2E_WORKERS ?? 3),
  timeout: 180_000,
  expect: { timeout: 30_000 },
  use: {
    ...devices['Desktop Chrome'],
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    // A trace of every step costs a seventh of all processor time: `E2E_TRACE=retain-on-failure npx playwright test …`.
    trace: process.env.E2E_TRACE === 'retain-on-failure' ? 'retain-on-failure' : 'off',
    // A service worker would answer before a story's own routes; the story of a start without the gateway lets it in.
    serviceWorkers: 'block',
    actionTimeout: 15_000,
    launchOptions: { args: chromiumArgs, ...(executablePath === undefined ? {} : { executablePath }) },
  },
  // The longest first: with few workers, one that starts last is waited for.
  projects: [
    { name: 'restart', testMatch: '**/rollout-restart.spec.ts', use: desktop },
    {
      name: 'phone',
      testMatch: '**/phone.spec.ts',
      use: { viewport: { width: 390, height: 844 }, hasTouch: true },
    },
    { name: 'desktop', testIgnore: ['**/rollout-restart.spec.ts', '**/phone.spec.ts'], use: desktop },
  ],
})
