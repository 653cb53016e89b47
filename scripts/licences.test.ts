import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isAllowed, licenceFaults } from './licences.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

test('everything that ships is under a licence that may', () => {
  expect(licenceFaults(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')))).toEqual([])
})

test('another licence, or none, is told; what only develops may have any', () => {
  const packages = {
    '': { version: '1.0.0', license: 'Apache-2.0' },
    'node_modules/good': { version: '1.0.0', license: '(GPL-3.0 OR MIT)' },
    'node_modules/good/node_modules/@scope/bad': { version: '2.0.0', license: 'AGPL-3.0-only' },
    'node_modules/silent': { version: '3.0.0' },
    'node_modules/tool': { version: '4.0.0', license: 'GPL-3.0', dev: true },
  }
  expect(licenceFaults({ packages })).toEqual([
    '@scope/bad 2.0.0 is under AGPL-3.0-only, which is not among the licences that may ship',
    'silent 3.0.0 names no licence: look into it, and write down here what it is',
  ])
})

test.each([
  ['MIT', true],
  ['MIT AND ISC AND BSD-3-Clause', true],
  ['MIT AND GPL-2.0', false],
  ['GPL-2.0 OR Apache-2.0', true],
  ['(MIT OR (GPL-2.0 AND ISC))', false],
  ['SEE LICENSE IN LICENSE.md', false],
])('%s: %s', (expression, may) => {
  expect(isAllowed(expression)).toBe(may)
})
