/** Reads the JSON reports of vitest and Playwright. */
import { existsSync, readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'

export interface Totals {
  passed: number
  failed: number
  /** `isExcused`: in CI too, because the reason lies outside of what is checked. */
  skipped: { name: string; reason: string; isExcused?: boolean | undefined }[]
  /** Each failed test with the beginning of what it said. */
  failures: { name: string; message: string }[]
}

const ownReport = z.object({
  passed: z.int(),
  failed: z.int(),
  skipped: z.array(z.object({ name: z.string(), reason: z.string(), isExcused: z.boolean().optional() })),
  failures: z.array(z.object({ name: z.string(), message: z.string() })),
})

/** What a check of our own wrote down. Null when the file does not exist. */
export const readOwnReport = (file: string): Totals | null =>
  existsSync(file) ? ownReport.parse(JSON.parse(readFileSync(file, 'utf8'))) : null

const NO_REASON = 'no reason given'

const MESSAGE_LINES = 12
const linesOf = (text: string) => stripVTControlCharacters(text).trimEnd().split('\n')
const beginning = (message: string) => linesOf(message).slice(0, MESSAGE_LINES).join('\n')
export const endOf = (output: string) => linesOf(output).slice(-MESSAGE_LINES).join('\n')

function counting() {
  const totals: Totals = { passed: 0, failed: 0, skipped: [], failures: [] }
  const fail = (name: string, message = '') => {
    totals.failed += 1
    totals.failures.push({ name, message: beginning(message) })
  }
  return { totals, fail }
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
          meta: z.object({ skipReason: z.string().optional() }).optional(),
        }),
      ),
    }),
  ),
})

/** Null when the file does not exist. A test file that could not be loaded counts as one failure. */
export function readVitestReport(file: string): Totals | null {
  if (!existsSync(file)) return null
  const { totals, fail } = counting()
  for (const suite of vitestReport.parse(JSON.parse(readFileSync(file, 'utf8'))).testResults) {
    if (suite.status === 'failed' && suite.assertionResults.every(({ status }) => status !== 'failed')) {
      fail(suite.name, suite.message)
    }
    for (const { fullName, status, meta, failureMessages } of suite.assertionResults) {
      if (status === 'passed') totals.passed += 1
      else if (status === 'failed') fail(`${suite.name}: ${fullName}`, failureMessages?.[0])
      else totals.skipped.push({ name: fullName, reason: meta?.skipReason ?? reasonInName(fullName) })
    }
  }
  return totals
}

/** `describe.skip('on PostgreSQL (no server here)')`: a test says in its name, in brackets, why it may be skipped. */
const reasonInName = (name: string) => /\(([^()]+)\)/.exec(name)?.[1] ?? NO_REASON

const playwrightTest = z.object({
  status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })).default([]),
  results: z.array(z.object({ error: z.object({ message: z.string().optional() }).optional() })).default([]),
})
const playwrightSuite = z.object({
  specs: z.array(z.object({ title: z.string(), tests: z.array(playwrightTest) })).default([]),
  get suites() {
    return z.array(playwrightSuite).optional()
  },
})
type PlaywrightSuite = z.infer<typeof playwrightSuite>
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })).default([]),
})

/** Null when the file does not exist. A test that passed only when repeated counts as failed. */
export function readPlaywrightReport(file: string): Totals | null {
  if (!existsSync(file)) return null
  const report = playwrightReport.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { totals, fail } = counting()
  for (const { message } of report.errors) fail('outside of tests', message)
  const visit = ({ specs, suites = [] }: PlaywrightSuite) => {
    for (const { title, tests } of specs) {
      for (const { status, annotations, results } of tests) {
        if (status === 'expected') totals.passed += 1
        else if (status === 'skipped') {
          const reason = annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description
          totals.skipped.push({ name: title, reason: reason ?? NO_REASON })
        } else fail(title, results.find(({ error }) => error)?.error?.message)
      }
    }
    suites.forEach(visit)
  }
  report.suites.forEach(visit)
  return totals
}
