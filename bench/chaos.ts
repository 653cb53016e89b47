/**
 * Three gateways behind one address, a PostgreSQL and a Redis, 2,000 virtual devices and a rollout. Gateways, Redis and
 * PostgreSQL are killed and started again at random for ten minutes while devices report and log, a person writes and asks
 * for actions, and pages stay open. Then everything that was acknowledged is looked for in the store. Exits with 1 when
 * anything is lost or doubled, the rollout did not end right, or a page does not show what a fresh one shows. Options:
 * `--minutes 10`, `--devices 2000`, `--gateways 3`, `--writers 40`, `--seed <text>`, `--speed 2` of the devices' own time.
 * Writes bench/results/chaos.json.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { allBlows, Blows } from '../e2e/fixtures/cluster-blows.ts'
import { lookFor } from '../e2e/fixtures/cluster-check.ts'
import { ClusterLoad } from '../e2e/fixtures/cluster-load.ts'
import { openPages, setClusterScene, settle, untilHealed } from '../e2e/fixtures/cluster-scene.ts'
import { Cluster } from '../e2e/fixtures/cluster.ts'
import { makeFleet } from '../e2e/fixtures/fleets.ts'
import { chromiumArgs, findChromium } from '../scripts/find-chromium.ts'
import { writeResult } from './results.ts'
import { print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    devices: { type: 'string', default: '2000' },
    gateways: { type: 'string', default: '3' },
    writers: { type: 'string', default: '40' },
    speed: { type: 'string', default: '2' },
    seed: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const seed = values.seed ?? String(randomInt(2 ** 31))
const PHASES = 5
const SETTLE_WITHIN_MS = 600_000
const HEAL_WITHIN_MS = 60_000
const BLOW_EVERY_MS = [4_000, 15_000] as const

const cluster = await Cluster.start(Number(values.gateways), {
  LOG_LEVEL: 'error',
  WHEELHOUSE_POLL_INTERVAL_MS: '20000',
})
if (!cluster) throw new Error('This machine has no PostgreSQL or no Redis')
const executablePath = findChromium()
const browser = await chromium.launch({
  args: chromiumArgs,
  ...(executablePath === undefined ? {} : { executablePath }),
})
try {
  print(`${values.gateways} gateways at ${cluster.url}, seed ${seed}; ${values.devices} devices come…`)
  const scene = await setClusterScene(cluster, {
    devices: Number(values.devices),
    speed: Number(values.speed),
    phases: PHASES,
    // The rollout goes on for most of the time in which things break.
    soakSeconds: Math.round((minutes * 60 * 0.7) / PHASES),
    startWithinMs: 30_000,
  })
  const writers = await makeFleet(cluster.api, 'Writers')
  const load = new ClusterLoad(cluster)
  const first = scene.devices.devices.slice(0, 200).map(({ uuid }) => uuid)
  await load.start(writers, Number(values.writers), first)
  const pages = await openPages(browser, cluster, [
    '/fleets',
    `/fleets/${String(scene.fleet.id)}`,
    `/rollouts/${String(scene.rolloutId)}`,
  ])
  print(`A rollout to ${values.devices} devices has begun; for ${values.minutes} minutes things break.`)
  const blows = new Blows(cluster, seed)
  await blows.strike(minutes * 60_000, BLOW_EVERY_MS)
  await load.stop()
  printTable(
    ['what broke, and came back', 'times'],
    allBlows.map((blow) => [blow, String(blows.counts.get(blow) ?? 0)]),
  )
  await settle(cluster, scene, SETTLE_WITHIN_MS)
  print(`The rollout is completed: ${values.devices} devices run what it sent, by their own word too.`)
  const findings = await lookFor(cluster, load, scene.devices)
  const count = (value: number) => value.toLocaleString('en')
  printTable(
    ['what', 'acknowledged', 'lost', 'doubled', 'unsure, and stored'],
    findings.map((one) => [
      one.what,
      count(one.acknowledged),
      count(one.lost),
      count(one.doubled),
      count(one.unsureAndStored),
    ]),
  )
  print(`Writes whose answer did not come were sent again with their keys ${count(load.repeats)} times.`)
  const seals = await cluster.api.call('checkAudit')
  print(`Audit log: ${JSON.stringify(seals)}`)
  writeResult('chaos', {
    seed,
    minutes,
    devices: Number(values.devices),
    blows: Object.fromEntries(blows.counts),
    findings,
    seals,
  })
  if (findings.some(({ lost, doubled }) => lost + doubled > 0)) process.exitCode = 1
  for (const page of pages) await untilHealed(page, HEAL_WITHIN_MS)
  print(`${String(pages.length)} pages that stayed open show what fresh ones show.`)
  await scene.devices.stop()
} finally {
  await browser.close()
  await cluster.dispose()
}
