/**
 * `npm run test:planted`: plants one bug at a time in a copy of the rollout engine and runs its property tests, which
 * must fail. A bug that none of them sees, or that can no longer be planted, fails the command: the invariants are
 * only guarded as far as their tests can fail.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { plantedBugs, type PlantedBug } from './planted-bugs-list.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const engine = 'server/modules/rollouts/engine'
const copied = ['package.json', 'tsconfig.json', 'contract', engine, 'server/modules/rollouts/testing']
const vitestConfig = `export default { test: { include: ['${engine}/engine.test.ts'], testTimeout: 120_000 } }\n`

function makeCopy(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'planted-bugs-'))
  for (const name of copied) cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  writeFileSync(path.join(folder, 'vitest.config.mjs'), vitestConfig)
  return folder
}

/** The names of the tests that failed; null where the run itself broke. */
function failedTests(folder: string): string[] | null {
  const report = path.join(folder, 'report.json')
  rmSync(report, { force: true })
  const run = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      folder,
      '--config',
      path.join(folder, 'vitest.config.mjs'),
      '--reporter=json',
      `--outputFile=${report}`,
    ],
    { encoding: 'utf8' },
  )
  if (run.error) throw run.error
  type Assertion = { title: string; status: string }
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: Assertion[] }[]
    }
    const all = testResults.flatMap((file) => file.assertionResults)
    return all.length === 0 ? null : all.filter((one) => one.status === 'failed').map((one) => one.title)
  } catch {
    process.stderr.write(run.stdout + run.stderr)
    return null
  }
}

/** Changes the copy; answers what could not be found. */
function plant(folder: string, bug: PlantedBug): string | null {
  for (const { file, find, replace } of bug.edits) {
    const target = path.join(folder, engine, file)
    const text = readFileSync(target, 'utf8')
    if (text.split(find).length !== 2) return `${file} does not hold exactly once: ${find}`
    writeFileSync(
      target,
      text.replace(find, () => replace),
    )
  }
  return null
}

let missed = 0
const folder = makeCopy()
try {
  const unharmed = failedTests(folder)
  if (unharmed === null || unharmed.length > 0)
    throw new Error(`Without a bug these fail: ${unharmed?.join('; ') ?? 'all'}`)
  for (const bug of plantedBugs) {
    cpSync(path.join(root, engine), path.join(folder, engine), { recursive: true, force: true })
    const stale = plant(folder, bug)
    const failed = stale === null ? failedTests(folder) : []
    const isCaught = failed?.some((title) => title.includes(bug.guardedBy)) ?? false
    if (!isCaught) missed++
    process.stdout.write(
      `${isCaught ? 'caught' : 'MISSED'}  ${bug.bug}\n${' '.repeat(8)}${stale ?? failed?.join('; ') ?? 'the run broke'}\n`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${plantedBugs.length - missed} of ${plantedBugs.length} planted bugs caught\n`)
process.exitCode = missed === 0 ? 0 : 1
