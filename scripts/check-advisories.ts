/** Asks the registry which advisories concern what ships, and writes what follows for `npm test` to the file that is named. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { accepted, judgeAudit } from './advisories.ts'

/** Where nobody answers, that is soon known. */
const ask = ['audit', '--json', '--omit', 'dev', '--fetch-timeout', '20000', '--fetch-retries', '0']

const { stdout } = spawnSync('npm', ask, { encoding: 'utf8', shell: process.platform === 'win32' })
const totals = judgeAudit(stdout, accepted, new Date())
for (const { name, reason } of totals.skipped) process.stdout.write(`${name}: skipped, ${reason}\n`)
for (const { name, message } of totals.failures) process.stdout.write(`${name}\n    ${message}\n`)
const [, , file] = process.argv
if (file !== undefined) writeFileSync(file, JSON.stringify(totals))
process.exitCode = totals.failed === 0 ? 0 : 1
