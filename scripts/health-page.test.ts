import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { healthFile, healthPage } from './health-page.ts'

test('docs/health.md lists the reasons as the gateway words them (npm run docs:health writes it)', () => {
  const written = readFileSync(healthFile, 'utf8')
  expect(written).toBe(healthPage(written))
})
