/**
 * `npm run bench`: every bench but the soak, one after the other with its defaults, and at the end which goals of
 * docs/performance.md this run reached. A bench that fails does not stop the others; then the exit code is 1. Built pages to
 * compare the first load with are given as for that bench (`npm run bench -- shadcn-admin=<folder>`), open-balena-api by
 * OPEN_BALENA_API. Options: `--only ingest,find` runs some; `--table` runs nothing and judges what bench/results holds.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { judge, wantedOf } from './goal.ts'
import { goals } from './goals.ts'
import { readResult } from './results.ts'
import { peerIsMissing } from './peer.ts'
import { print, printTable } from './table.ts'

const { values, positionals: builtPages } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, table: { type: 'boolean', default: false } },
})

/** By the command, `npm run bench:<name>`, with the name of its result file. */
const benches: readonly { name: string; result: string; args?: readonly string[] }[] = [
  { name: 'ingest', result: 'ingest', args: peerIsMissing() === null ? ['--peer'] : [] },
  { name: 'reconnect', result: 'reconnect' },
  { name: 'live', result: 'live' },
  { name: 'events', result: 'events' },
  { name: 'first-load', result: 'first-load', args: builtPages },
  { name: 'devices', result: 'device-list' },
  { name: 'scroll', result: 'scroll' },
  { name: 'wall', result: 'wall' },
  { name: 'find', result: 'find' },
  { name: 'logs', result: 'log-search' },
  { name: 'log-tail', result: 'log-tail' },
  { name: 'timeline', result: 'timeline' },
  { name: 'rollouts', result: 'rollouts' },
]
/** An hour: only where it is named. */
const soak: (typeof benches)[number] = { name: 'soak', result: 'soak' }

type Outcome = { name: string; result: string; minutes: number; isFailed: boolean }

async function run(name: string, result: string, args: readonly string[]): Promise<Outcome> {
  print(`\n== npm run bench:${name} ${args.join(' ')}`.trimEnd())
  const startMs = performance.now()
  const child = spawn('npm', ['run', '--silent', `bench:${name}`, '--', ...args], { stdio: 'inherit' })
  const isFailed = await once(child, 'exit').then(
    ([code]) => code !== 0,
    () => true,
  )
  return { name, result, minutes: (performance.now() - startMs) / 60_000, isFailed }
}

/** One row a goal; a result that is missing or older than `sinceMs` was not measured. */
function rowsOf(result: string, sinceMs: number): string[][] {
  const found = readResult(result)
  const isOfThisRun = found !== null && found.atMs >= sinceMs
  const digits = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 2 })
  return (goals[result] ?? []).map((goal) => {
    const got = isOfThisRun ? goal.read(found.figures) : null
    const wanted = wantedOf(goal)
    if (got === null) return [goal.name, wanted, '-', 'not measured']
    const { isReached, factor } = judge(goal, got)
    return [
      goal.name,
      wanted,
      `${digits(got)} ${goal.unit}`.trimEnd(),
      isReached
        ? 'reached'
        : Number.isFinite(factor)
          ? `missed by a factor of ${factor.toFixed(2)}`
          : 'missed',
    ]
  })
}

const named = values.only?.split(',')
const chosen = [...benches, soak].filter((bench) => named?.includes(bench.name) ?? bench !== soak)
const sinceMs = values.table ? 0 : Date.now()
const outcomes: Outcome[] = []
if (!values.table)
  for (const { name, result, args = [] } of chosen) outcomes.push(await run(name, result, args))

if (outcomes.length > 0) {
  print('\nBenches of this run')
  printTable(
    ['bench', 'minutes', 'outcome'],
    outcomes.map(({ name, minutes, isFailed }) => [
      `npm run bench:${name}`,
      minutes.toFixed(1),
      isFailed ? 'FAILED' : 'ran',
    ]),
  )
}
print('Goals of docs/performance.md')
printTable(
  ['figure', 'goal', 'got', ''],
  // What is left out is told as not measured, what was measured earlier only with `--table`.
  (named ? chosen : [...benches, soak]).flatMap(({ result }) => rowsOf(result, sinceMs)),
)
if (outcomes.some(({ isFailed }) => isFailed)) process.exitCode = 1
