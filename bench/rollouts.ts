/**
 * `npm run bench:rollouts`: what the rollout engine costs at 1,000, 10,000 and 100,000 devices, and how long after a
 * device's report the page shows the changed count (patches of a rollout are sent at most every 500 ms, and each change
 * here follows the one before: the longest wait there is). Prints tables and writes bench/results/rollouts.json.
 */
import { findChromium } from '../scripts/find-chromium.ts'
import { measureRolloutDelay, type RolloutDelay } from './rollout-delay.ts'
import { measureEngine, NEWS } from './rollout-engine.ts'
import { writeResult } from './results.ts'
import { onStore, quiet, storeAt } from './stores.ts'
import { print, printTable } from './table.ts'

const CHANGES = 100
const OTHERS = 500

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
  for (const store of ['pglite', 'postgresql'])
    for (const otherReportsPerSecond of [0, OTHERS]) {
      const measure = (url: string | null) =>
        measureRolloutDelay(executable, {
          store,
          environment: { ...quiet, ...storeAt(url) },
          changes: CHANGES,
          otherReportsPerSecond,
        })
      delays.push(...(await onStore(store, measure)))
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
