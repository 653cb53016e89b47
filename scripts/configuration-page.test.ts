import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationFile, configurationPage } from './configuration-page.ts'

test('docs/configuration.md says what the settings say (npm run docs:configuration writes it)', () => {
  expect(readFileSync(configurationFile, 'utf8')).toBe(configurationPage())
})
