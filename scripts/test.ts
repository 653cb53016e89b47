/**
 * All checks and tests: `npm test`; with `--check` the static checks and the unit tests alone.
 * The last line is `N passed, N failed, N skipped`, where each static check counts as one test.
 * A failing step does not stop the others. With CI=true a skipped test is a failure, but one whose reason lies outside.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureChromium } from './find-chromium.ts'
import { ensurePostgres } from './find-postgres.ts'
import { ensureRedis } from './find-redis.ts'
import { readOwnReport, readPlaywrightReport, readVitestReport, type Totals } from './test-report.ts'
import { runStep, type Step, type StepResult } from './test-step.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const reports = path.join(root, 'test-results')
const isCheckOnly = process.argv.includes('--check')
const isCi = process.env.CI === 'true'
const print = (line: string) => process.stdout.write(`${line}\n`)
const folders = ['contract', 'src', 'server', 'simulator', 'bench', 'e2e', 'scripts']
const advisoriesReport = path.join(reports, 'advisories.json')
const presentFolders = folders.filter((folder) => existsSync(path.join(root, folder)))

/** One after the other, beside the tests; the longest last, so that what is known soon is said soon. */
const staticChecks: Step[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'import rules', command: ['depcruise', ...presentFolders] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'unused code', command: ['knip'] },
  {
    name: 'advisories',
    command: ['tsx', 'scripts/check-advisories.ts', advisoriesReport],
    readTotals: () => readOwnReport(advisoriesReport),
  },
  {
    name: 'lint',
    command: [
      'eslint',
      '.',
      '--max-warnings',
      '0',
      '--cache',
      '--cache-location',
      'node_modules/.cache/eslint/',
    ],
  },
]

function vitest(project: string): Step {
  const report = path.join(reports, `vitest-${project}.json`)
  return {
    name: `${project} tests`,
    command: [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    readTotals: () => readVitestReport(report),
  }
}

const build: Step = { name: 'build', command: ['npm', 'run', 'build'] }
const playwrightReport = path.join(reports, 'playwright.json')
const playwright: Step = {
  name: 'browser tests',
  command: ['playwright', 'test'],
  readTotals: () => readPlaywrightReport(playwrightReport),
}
const hasStories =
  existsSync(path.join(root, 'e2e')) &&
  readdirSync(path.join(root, 'e2e'), { recursive: true }).some((name) => String(name).endsWith('.spec.ts'))

/** Tests wait for disks, devices and pages; the checks take what they leave and hold nobody up. */
async function runStaticChecks(): Promise<StepResult[]> {
  const results: StepResult[] = []
  for (const step of staticChecks)
    results.push(await runStep(root, step, 'grouped', constants.priority.PRIORITY_LOW))
  return results
}

async function runTests(): Promise<StepResult[]> {
  const results = [await runStep(root, vitest('unit'), 'streamed')]
  if (isCheckOnly) return results
  results.push(await runStep(root, vitest('component'), 'streamed'))
  const built = await runStep(root, build, 'streamed')
  results.push(built)
  if (!hasStories) print('\nbrowser tests: e2e/ holds no *.spec.ts, so there are none to run')
  else if (!built.isPassed) results.push(notRun(playwright.name, 'the build failed'))
  else results.push(await runStep(root, playwright, 'streamed'))
  return results
}

function notRun(name: string, why: string): StepResult {
  print(`\n${name}: not run, ${why}`)
  return {
    name,
    isPassed: false,
    seconds: 0,
    totals: { passed: 0, failed: 1, skipped: [], failures: [{ name: 'not run', message: why }] },
  }
}

function summarise(results: readonly StepResult[]): Totals {
  print(`\n${'step'.padEnd(16)}${'seconds'.padStart(8)}  ${'result'.padEnd(8)}tests`)
  for (const { name, seconds, isPassed, totals } of results) {
    const counts = `${String(totals.passed)} passed, ${String(totals.failed)} failed, ${String(totals.skipped.length)} skipped`
    print(
      `${name.padEnd(16)}${seconds.toFixed(1).padStart(8)}  ${(isPassed ? 'passed' : 'FAILED').padEnd(8)}${counts}`,
    )
  }
  const all = {
    passed: results.reduce((sum, { totals }) => sum + totals.passed, 0),
    failed: results.reduce((sum, { totals }) => sum + totals.failed, 0),
    skipped: results.flatMap(({ totals }) => totals.skipped),
    failures: results.flatMap(({ name, totals }) =>
      totals.failures.map((failure) => ({ ...failure, name: `${name}: ${failure.name}` })),
    ),
  }
  if (all.skipped.length > 0) print(`\nSkipped${isCi ? ' (a failure with CI=true)' : ''}:`)
  for (const { name, reason, isExcused } of all.skipped)
    print(`  ${name}: ${reason}${isExcused === true && isCi ? ' (excused)' : ''}`)
  // Once more here: of a long output often only the end is kept.
  if (all.failures.length > 0) print('\nFailed:')
  for (const { name, message } of all.failures)
    print(`  ${name.replace(`${root}${path.sep}`, '')}\n${message.replace(/^/gm, '    ')}`)
  return all
}

rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })
const chromium = isCheckOnly ? undefined : ensureChromium(print)
if (chromium !== undefined) process.env.WHEELHOUSE_CHROMIUM = chromium
ensurePostgres(print)
ensureRedis(print)
const results = (await Promise.all([runStaticChecks(), runTests()])).flat()
const all = summarise(results)
const hasFailed =
  results.some((result) => !result.isPassed) ||
  all.failed > 0 ||
  (isCi && all.skipped.some(({ isExcused }) => isExcused !== true))
print(`\n${String(all.passed)} passed, ${String(all.failed)} failed, ${String(all.skipped.length)} skipped`)
process.exitCode = hasFailed ? 1 : 0
