import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readPlaywrightReport, readVitestReport } from './test-report.ts'

function report(content: unknown): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wheelhouse-report-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'report.json')
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('a report that was never written is null, not zero tests', () => {
  expect(readVitestReport('/nonexistent/report.json')).toBeNull()
  expect(readPlaywrightReport('/nonexistent/report.json')).toBeNull()
})

test('vitest: counts tests, names skipped ones with their reason, counts a file that did not load', () => {
  const file = report({
    testResults: [
      {
        name: 'a.test.ts',
        status: 'passed',
        assertionResults: [
          { fullName: 'adds', status: 'passed' },
          { fullName: 'store on postgresql (no PostgreSQL here) reads', status: 'pending' },
          { fullName: 'later', status: 'skipped' },
        ],
      },
      { name: 'b.test.ts', status: 'failed', assertionResults: [{ fullName: 'breaks', status: 'failed' }] },
      { name: 'c.test.ts', status: 'failed', assertionResults: [] },
    ],
  })
  expect(readVitestReport(file)).toEqual({
    passed: 1,
    failed: 2,
    skipped: [
      { name: 'store on postgresql (no PostgreSQL here) reads', reason: 'no PostgreSQL here' },
      { name: 'later', reason: 'no reason given' },
    ],
  })
})

test('Playwright: counts nested suites; a flaky test and an error outside of tests are failures', () => {
  const file = report({
    errors: [{ message: 'no browser' }],
    suites: [
      {
        specs: [{ title: 'signs in', tests: [{ status: 'expected' }] }],
        suites: [
          {
            specs: [
              { title: 'blinks', tests: [{ status: 'flaky' }] },
              {
                title: 'prints',
                tests: [{ status: 'skipped', annotations: [{ type: 'skip', description: 'no printer' }] }],
              },
            ],
          },
        ],
      },
    ],
  })
  expect(readPlaywrightReport(file)).toEqual({
    passed: 1,
    failed: 2,
    skipped: [{ name: 'prints', reason: 'no printer' }],
  })
})
