import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readOwnReport, readPlaywrightReport, readVitestReport } from './test-report.ts'

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

test('a check of our own tells what it counted, and what is excused', () => {
  const counted = {
    passed: 0,
    failed: 0,
    skipped: [{ name: 'advisories', reason: 'no network', isExcused: true }],
    failures: [],
  }
  expect(readOwnReport(report(counted))).toEqual(counted)
  expect(readOwnReport('/nonexistent/report.json')).toBeNull()
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
      {
        name: 'b.test.ts',
        status: 'failed',
        assertionResults: [
          {
            fullName: 'breaks',
            status: 'failed',
            failureMessages: ['\u001b[31mAssertionError\u001b[39m: 1 is not 2\n  at b.test.ts:3'],
          },
        ],
      },
      { name: 'c.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
    ],
  })
  expect(readVitestReport(file)).toEqual({
    passed: 1,
    failed: 2,
    skipped: [
      { name: 'store on postgresql (no PostgreSQL here) reads', reason: 'no PostgreSQL here' },
      { name: 'later', reason: 'no reason given' },
    ],
    failures: [
      { name: 'b.test.ts: breaks', message: 'AssertionError: 1 is not 2\n  at b.test.ts:3' },
      { name: 'c.test.ts', message: 'Cannot find module' },
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
              {
                title: 'blinks',
                tests: [{ status: 'flaky', results: [{ error: { message: 'gone' } }, {}] }],
              },
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
    failures: [
      { name: 'outside of tests', message: 'no browser' },
      { name: 'blinks', message: 'gone' },
    ],
  })
})
