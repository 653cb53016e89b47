/** What is read of a soak every few minutes, and as what it is printed. */
import type { RolloutDetail } from '#contract/rollout'
import type { TestGateway } from '../e2e/fixtures/test-gateway.ts'
import { residentMb } from './cpu-use.ts'
import type { LoadResult } from './ingest-load.ts'
import { levelOf, type Levelness } from './level.ts'
import type { PageReading } from './soak-pages.ts'
import { print, printTable } from './table.ts'

const SAMPLE_MS = 2_000

/** Figures of the gateway's own, from its metrics. */
export type GatewayMetrics = { heapMb: number; lines: Record<string, number>; jobFailures: number }

export async function readMetrics({ url }: TestGateway): Promise<GatewayMetrics> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  const all = [...text.matchAll(/^(\w+)(?:\{(.*?)\})? (\S+)$/gm)].map(([, name, labels = '', value]) => ({
    name,
    labels,
    value: Number(value),
  }))
  const lines = all
    .filter(({ name }) => name === 'wheelhouse_log_lines_total')
    .map(({ labels, value }) => [/outcome="(.*?)"/.exec(labels)?.[1] ?? '', value] as const)
  const failures = all.filter(({ name }) => name === 'wheelhouse_job_failures_total')
  return {
    heapMb: (all.find(({ name }) => name === 'nodejs_heap_size_used_bytes')?.value ?? 0) / 1e6,
    lines: Object.fromEntries(lines),
    jobFailures: failures.reduce((sum, { value }) => sum + value, 0),
  }
}

/** Lines the gateway counted as not stored. */
export const droppedLines = ({ lines }: GatewayMetrics) =>
  ['rate-limited', 'skipped', 'lost'].reduce((sum, outcome) => sum + (lines[outcome] ?? 0), 0)

/** Samples the gateway's memory until called; answers the mean resident memory and the least heap, which is what garbage leaves. */
export function sampleGateway(gateway: TestGateway): () => { residentMb: number; heapMb: number } {
  const resident: number[] = []
  const heap: number[] = []
  const timer = setInterval(() => {
    resident.push(residentMb(gateway.process.pid))
    readMetrics(gateway).then(
      ({ heapMb }) => heap.push(heapMb),
      () => undefined,
    )
  }, SAMPLE_MS)
  return () => {
    clearInterval(timer)
    return {
      residentMb: resident.reduce((sum, mb) => sum + mb, 0) / Math.max(1, resident.length),
      heapMb: Math.min(...heap),
    }
  }
}

export type SoakReading = {
  atMs: number
  reportsPerSecond: number
  pollsPerSecond: number
  p95Ms: number
  residentMb: number
  heapMb: number
  pages: PageReading[]
  /** Answers other than 200 to reports and polls. */
  refused: number
  dropped: number
  rollout: string
  load: string
}

export const refusedOf = ({ refused }: LoadResult) =>
  Object.values(refused).reduce((sum, count) => sum + count, 0)

/** How many devices are in which state, without those in which none is. */
export const rolloutWords = ({ state, counts }: RolloutDetail) =>
  [
    state,
    ...Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${name} ${String(count)}`] : [])),
  ].join(', ')

const mb = (value: number) => `${value.toFixed(0)} MB`

export function printReading(reading: SoakReading, startMs: number): void {
  const minutes = ((reading.atMs - startMs) / 60_000).toFixed(1)
  const pages = reading.pages.map(
    ({ name, heapMb, longTasks, longestTaskMs }) =>
      `${name} ${heapMb.toFixed(1)} MB, ${String(longTasks)} long tasks${longTasks > 0 ? ` (longest ${longestTaskMs.toFixed(0)} ms)` : ''}`,
  )
  print(
    [
      `${minutes} min: ${reading.reportsPerSecond.toFixed(0)} reports/s, p95 ${reading.p95Ms.toFixed(0)} ms, ${reading.pollsPerSecond.toFixed(0)} polls/s`,
      `gateway ${mb(reading.residentMb)}, heap ${mb(reading.heapMb)}`,
      ...pages,
      `refused ${String(reading.refused)}, lines dropped ${String(reading.dropped)}`,
      `rollout ${reading.rollout}`,
      `load ${reading.load}`,
    ].join(' | '),
  )
}

/** A tenth, and what a few more rows or a larger buffer may take. */
const limits = { gateway: { share: 0.1, slack: 20 }, page: { share: 0.1, slack: 5 } }

export type Memory = { name: string; limit: string } & Levelness

/** Judges the memory of the gateway and of each page over the whole soak. */
export function judgeMemory(readings: readonly SoakReading[]): Memory[] {
  const judge = (
    name: string,
    limit: { share: number; slack: number },
    of: (one: SoakReading) => number,
  ) => ({
    name,
    limit: `+${String(limit.share * 100)} % and ${String(limit.slack)} MB`,
    ...levelOf(
      readings.map((one) => ({ atMs: one.atMs, value: of(one) })),
      limit,
    ),
  })
  const [first] = readings
  return [
    judge('gateway, resident', limits.gateway, (one) => one.residentMb),
    judge('gateway, least heap', limits.gateway, (one) => one.heapMb),
    ...(first?.pages ?? []).map(({ name }, index) =>
      judge(`${name}, heap`, limits.page, (one) => one.pages[index]?.heapMb ?? 0),
    ),
  ]
}

export function printMemory(memory: readonly Memory[]): void {
  print('\nMemory: mean of the first third after a tenth for warming up, and of the last third')
  printTable(
    ['memory of', 'first third', 'last third', 'slope an hour', 'level while below', 'verdict'],
    memory.map((one) => [
      one.name,
      `${one.first.toFixed(1)} MB`,
      `${one.last.toFixed(1)} MB`,
      `${one.perHour.toFixed(1)} MB`,
      one.limit,
      one.isLevel ? 'level' : 'GROWS',
    ]),
  )
}
