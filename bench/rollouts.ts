/**
 * `npm run bench:rollouts`: what the rollout engine costs at 1,000, 10,000 and 100,000 devices, and how long after a
 * device's report the page shows the changed count (patches of a rollout are sent at most every 500 ms, and each change
 * here follows the one before: the longest wait there is). Prints tables and writes bench/results/rollouts.json.
 */
import { findChromium } from '../scripts/find-chromium.ts'
import { startPostgres } from '../scripts/postgres-server.ts'
import { measureRolloutDelay, type RolloutDelay } from './rollout-delay.ts'
import { measureEngine, NEWS } from './rollout-engine.ts'
import { print, printTable, writeResult } from './table.ts'

const CHANGES = 100
const OTHERS = 500
// Nothing else may take the processor, least of all the log.
const environment = { LOG_LEVEL: 'error', WHEELHOUSE_POLL_INTERVAL_MS: '600000' }

// The first run is for the compiler.
measureEngine(1_000)
const engine = [1_000, 10_000, 100_000].map(measureEngine)
const smallest = engine[0]
print(
  `\nThe engine alone, a good release in four phases with a control group; at most ${String(NEWS)} devices have news a tick`,
)
printTable(
  [
    'devices',
    'ticks',
    'decisions',
    'decisions/s',
    'a tick',
    'an idle tick',
    'cost a decision to the smallest',
  ],
  engine.map((row) => [
    row.devices.toLocaleString('en'),
    String(row.ticks),
    row.decisions.toLocaleString('en'),
    Math.round(row.decisionsPerSecond).toLocaleString('en'),
    `${row.tickMs.toFixed(2)} ms`,
    `${(row.idleTickMs * 1000).toFixed(0)} µs`,
    ((smallest?.decisionsPerSecond ?? 0) / row.decisionsPerSecond).toFixed(2),
  ]),
)

const delays: RolloutDelay[] = []
const executable = findChromium()
if (executable === undefined) print('The page was not measured: this machine has no Chromium.\n')
else {
  const measure = async (store: string, otherReportsPerSecond: number, more: Record<string, string>) => {
    const options = {
      store,
      environment: { ...environment, ...more },
      changes: CHANGES,
      otherReportsPerSecond,
    }
    delays.push(await measureRolloutDelay(executable, options))
  }
  for (const others of [0, OTHERS]) await measure('pglite', others, {})
  for (const others of [0, OTHERS]) {
    const postgres = await startPostgres({ isDurable: true })
    if (postgres === undefined) {
      print('PostgreSQL was not measured: this machine has none.\n')
      break
    }
    try {
      await measure('postgresql', others, { DATABASE_URL: postgres.url })
    } finally {
      await postgres.stop()
    }
  }
  print(`From a device's report to the changed count on the open page, ${String(CHANGES)} changes one by one`)
  printTable(
    ['store', 'other reports/s', 'acknowledged p50', 'p95', 'shown p50', 'p95', 'shown to acknowledged'],
    delays.map((row) => [
      row.store,
      row.otherReportsPerSecond.toFixed(0),
      `${row.acknowledgedP50Ms.toFixed(0)} ms`,
      `${row.acknowledgedP95Ms.toFixed(0)} ms`,
      `${row.shownP50Ms.toFixed(0)} ms`,
      `${row.shownP95Ms.toFixed(0)} ms`,
      (row.shownP50Ms / Math.max(1, row.acknowledgedP50Ms)).toFixed(1),
    ]),
  )
}
writeResult('rollouts', { engine, delays })
