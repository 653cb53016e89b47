/**
 * `npm run bench:soak`: an hour with 100,000 devices that report 2,000 times a second, print lines, come and go and take a
 * new release in a rollout, while two pages stay open. Prints a line every few minutes, then whether memory stays level, and
 * whether every number that is served and shown is what the tables hold. Ends with 1 where one is not, or where anything
 * acknowledged is missing. Options: `--store postgresql|pglite`, `--minutes 60`, `--devices 100000`, `--rate 2000`,
 * `--log-lines 200`. Writes bench/results/soak.json.
 */
import { Agent } from 'node:http'
import { parseArgs } from 'node:util'
import { load, watchProcesses } from './cpu-use.ts'
import { openDatabaseView } from './database-view.ts'
import { keyOf, uuidOf } from './ingest-fleet.ts'
import { startLoad, type Load, type LoadDevice } from './ingest-load.ts'
import { floodFor, openLogStream, printedLines } from './log-flood.ts'
import { checkSoak, type Check } from './soak-check.ts'
import { SoakPages } from './soak-pages.ts'
import { startPolls, type Polls } from './soak-polls.ts'
import {
  droppedLines,
  judgeMemory,
  printMemory,
  printReading,
  readMetrics,
  refusedOf,
  rolloutWords,
  sampleGateway,
  type GatewayMetrics,
  type SoakReading,
} from './soak-readings.ts'
import { startSoakScene, type SoakScene } from './soak-scene.ts'
import { writeResult } from './results.ts'
import { onStore } from './stores.ts'
import { print, printTable } from './table.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'postgresql' },
    minutes: { type: 'string', default: '60' },
    devices: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '2000' },
    'log-lines': { type: 'string', default: '200' },
  },
})
const size = {
  devices: Number(values.devices),
  rate: Number(values.rate),
  minutes: Number(values.minutes),
}
const logLines = Number(values['log-lines'])
/** So many reports are under way at once; devices have a connection each, and do not wait for each other. */
const CONNECTIONS = 256
/** Polls keep to their interval also while each is answered late: a device that does not poll is not heard. */
const POLL_CONNECTIONS = 128
const ROAMING_CONNECTIONS = 32
const LOG_DEVICES = 20
/** A line every few minutes, or often enough that a short run has some. */
const EVERY_SECONDS = Math.min(180, Math.max(15, size.minutes * 3))
const SHOWN_DIFFERENCES = 40

type Traffic = {
  reports: Load
  steady: readonly LoadDevice[]
  polls: readonly { polls: Polls; devices: readonly LoadDevice[] }[]
  streams: ReturnType<typeof openLogStream>[]
  agent: Agent
}

async function startTraffic({ gateway, fleet, parts }: SoakScene): Promise<Traffic> {
  const port = Number(new URL(gateway.url).port)
  const steady = [...fleet.devicesOf(parts.rolling), ...fleet.devicesOf(parts.steady)]
  const roaming = fleet.devicesOf(parts.roaming)
  const { rate: perSecond } = size
  const reports = await startLoad({
    port,
    connections: CONNECTIONS,
    devices: steady,
    bytesOf: fleet.bytesOf,
    firstSequence: 1,
    perSecond,
  })
  const common = { port, fleet }
  const polling = await startPolls({
    ...common,
    connections: POLL_CONNECTIONS,
    devices: steady,
    pollMs: parts.steady.pollMs,
    isReporting: false,
  })
  const roamingPolls = await startPolls({
    ...common,
    connections: ROAMING_CONNECTIONS,
    devices: roaming,
    pollMs: parts.roaming.pollMs,
    isReporting: true,
  })
  const agent = new Agent({ keepAlive: true })
  const streams = Array.from({ length: LOG_DEVICES }, (_value, index) =>
    openLogStream(gateway.url, agent, { uuid: uuidOf(index + 20), key: keyOf(index + 20) }),
  )
  const polls = [
    { polls: polling, devices: steady },
    { polls: roamingPolls, devices: roaming },
  ]
  return { reports, steady, polls, streams, agent }
}

const answered = (traffic: Traffic, what: 'polls' | 'reports' | 'refused' | 'broken') =>
  traffic.polls.reduce((sum, { polls }) => sum + polls.counted[what], 0)

/** One stretch of the soak: load and lines go on, pages walk once, then everything is read. */
async function readStretch(
  scene: SoakScene,
  traffic: Traffic,
  pages: SoakPages | null,
  turn: number,
): Promise<SoakReading> {
  const before = {
    polls: answered(traffic, 'polls'),
    reports: answered(traffic, 'reports'),
    refused: answered(traffic, 'refused'),
  }
  const endSampling = sampleGateway(scene.gateway)
  const [result] = await Promise.all([
    traffic.reports.measure(EVERY_SECONDS),
    floodFor(traffic.streams, { linesPerSecond: logLines, seconds: EVERY_SECONDS }),
    pages?.walk(turn, (EVERY_SECONDS * 1000) / 3),
  ])
  const memory = endSampling()
  const { rollout } = await scene.gateway.api.call('getRollout', { params: { rolloutId: scene.rolloutId } })
  return {
    atMs: Date.now(),
    reportsPerSecond: (result.reports + answered(traffic, 'reports') - before.reports) / result.seconds,
    pollsPerSecond: (answered(traffic, 'polls') - before.polls) / result.seconds,
    p95Ms: result.p95Ms,
    ...memory,
    pages: (await pages?.read()) ?? [],
    refused: refusedOf(result) + answered(traffic, 'refused') - before.refused,
    dropped: droppedLines(await readMetrics(scene.gateway)),
    rollout: rolloutWords(rollout),
    load: load(),
  }
}

/** Ends reports and lines, lets everybody come back, and holds the rollout; those that came and went poll on. */
async function settle({ gateway, fleet, parts, rolloutId }: SoakScene, traffic: Traffic): Promise<void> {
  await traffic.reports.stop()
  await Promise.all(
    traffic.streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.once('close', () => resolve())
          stream.end()
        }),
    ),
  )
  traffic.agent.destroy()
  await gateway.api.call('actOnRollout', { params: { rolloutId, verb: 'pause' }, body: {} })
  fleet.gather()
  await new Promise((resolve) => setTimeout(resolve, parts.roaming.pollMs * 1.2))
}

async function soak(url: string | null) {
  const scene = await startSoakScene(url, size)
  const { gateway, parts, rolloutId } = scene
  const { fleetId } = parts.rolling.fleet
  let pages: SoakPages | null = null
  try {
    const traffic = await startTraffic(scene)
    pages = await SoakPages.open(gateway, { fleetId, rolloutId, uuid: uuidOf(20) })
    if (pages === null) print('No pages are open: this machine has no Chromium.')
    const startMs = Date.now()
    const database = url === null ? null : await openDatabaseView(url)
    // Processes of the browser come and go with the pages it shows: theirs cannot be added up.
    const cpu = watchProcesses([
      { name: 'gateway', pid: gateway.process.pid },
      { name: 'load', pid: process.pid },
      ...(database ? [{ name: 'database', pid: database.pid, withChildren: true }] : []),
    ])
    const readings: SoakReading[] = []
    for (let turn = 0; Date.now() - startMs < size.minutes * 60_000; turn++) {
      const reading = await readStretch(scene, traffic, pages, turn)
      readings.push(reading)
      printReading(reading, startMs)
    }
    const cores = Object.fromEntries(cpu().map((one) => [one.name, one.cores]))
    await database?.close()
    await settle(scene, traffic)
    const metrics = await readMetrics(gateway)
    const sent = [
      { devices: traffic.steady, acknowledged: traffic.reports.acknowledged, sent: traffic.reports.sent },
      ...traffic.polls.slice(1).map(({ polls, devices }) => ({ ...polls, devices })),
    ]
    const check = await checkSoak({ gateway, url, pages, fleetId, rolloutId }, sent, async () => {
      for (const { polls } of traffic.polls) await polls.stop()
    })
    const broken = answered(traffic, 'broken')
    return { readings, cores, check, metrics, broken, missed: pages?.missed ?? 0, sentLines: printedLines() }
  } finally {
    await pages?.close()
    await gateway.process.dispose()
  }
}

/** Prints what was found wrong; answers how much. */
function printCheck(check: Check, metrics: GatewayMetrics, sentLines: number): number {
  const { differences, reports, storedLines } = check
  const compared = Object.entries(check.compared).map(([where, count]) => `${String(count)} ${where}`)
  print(
    `Numbers compared with a recount by SQL: ${compared.join(', ')}; ${String(differences.length)} differ, ${String(check.moving.length)} would not stand still`,
  )
  if (differences.length > 0)
    printTable(
      ['number', 'where', 'it says', 'recounted'],
      differences
        .slice(0, SHOWN_DIFFERENCES)
        .map((one) => [one.name, one.where, String(one.served), String(one.counted)]),
    )
  print(
    `Devices with an acknowledged report: ${String(reports.acknowledged)}, whose newest is missing: ${String(reports.lost)}`,
  )
  const missing = sentLines - storedLines - droppedLines(metrics)
  print(
    `Lines sent: ${String(sentLines)}, stored: ${String(storedLines)}, counted as dropped: ${String(droppedLines(metrics))}, unaccounted for: ${String(missing)}`,
  )
  return differences.length + reports.lost + Math.abs(missing)
}

const [run] = await onStore(values.store, soak)
if (run) {
  const { readings, check, metrics, sentLines, cores } = run
  const memory = judgeMemory(readings)
  printMemory(memory)
  const rates = readings.map(({ reportsPerSecond }) => reportsPerSecond)
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  print(
    `Reports: ${whole(rates.reduce((sum, rate) => sum + rate, 0) / rates.length)}/s in the mean of ${String(rates.length)} equal stretches, ${whole(size.rate)}/s asked for, from ${whole(Math.min(...rates))} to ${whole(Math.max(...rates))}/s`,
  )
  print(
    `Processor: ${Object.entries(cores)
      .map(([name, share]) => `${name} ${(share * 100).toFixed(0)} % of a core`)
      .join(
        ', ',
      )}; places the pages did not reach in time: ${String(run.missed)}; failed turns of jobs: ${String(metrics.jobFailures)}; connections that broke: ${String(run.broken)}`,
  )
  const faults = printCheck(check, metrics, sentLines) + run.broken
  writeResult('soak', { store: values.store, ...size, logLines, memory, faults, ...run })
  if (faults > 0) process.exitCode = 1
}
