/** The figures of docs/performance.md that a later run is held to, and where each is in the results of its bench. */
import { z } from 'zod'
import { percentile } from './table.ts'

export type Goal = {
  name: string
  /** As docs/performance.md writes the figure; `bench/goals.test.ts` looks for it there. */
  written: string
  goal: number
  unit: string
  better: 'more' | 'less'
  /** The same figure of a run; null: it was not measured, such as beside a peer that is not here. */
  read: (result: unknown) => number | null
}

/** Goals by the name of their result file. */
export type Goals = Readonly<Record<string, readonly Goal[]>>

const rate = z.object({
  store: z.string(),
  kind: z.string(),
  devices: z.number(),
  seconds: z.number(),
  reports: z.number(),
  reportsPerSecond: z.number(),
  cores: z.object({ gateway: z.number(), database: z.number().nullable() }),
})
type Rate = z.output<typeof rate>
const ingest = z.object({
  rates: z.array(rate.extend({ survival: z.object({ lost: z.number() }).nullable() })),
  beside: z.object({ ours: z.array(rate), peers: z.array(rate.omit({ store: true, devices: true })) }),
})
type Costly = Pick<Rate, 'cores' | 'seconds' | 'reports'>
/** CPU seconds of a thousand reports. */
const costOf = ({ cores, seconds, reports }: Costly) =>
  ((cores.gateway + (cores.database ?? 0)) * seconds * 1000) / Math.max(1, reports)

const wholeOf = (store: string, devices: number, of: (one: Rate) => number) => (result: unknown) => {
  const found = ingest
    .parse(result)
    .rates.find((one) => one.store === store && one.kind === 'whole' && one.devices === devices)
  return found ? of(found) : null
}
const sumLost = (result: unknown) =>
  ingest.parse(result).rates.reduce((sum, { survival }) => sum + (survival?.lost ?? 0), 0)

type PeerRate = Omit<Rate, 'store' | 'devices'>
const besidePeer = (kind: string, of: (own: Rate, peer: PeerRate) => number) => (result: unknown) => {
  const { ours, peers } = ingest.parse(result).beside
  const own = ours.find((one) => one.kind === kind)
  const peer = peers.find((one) => one.kind === kind)
  return own && peer ? of(own, peer) : null
}
const timesFaster = (own: Rate, peer: PeerRate) => own.reportsPerSecond / Math.max(0.1, peer.reportsPerSecond)
const timesCheaper = (own: Rate, peer: PeerRate) => costOf(peer) / costOf(own)

const more = (name: string, written: string, goal: number, unit: string, read: Goal['read']): Goal => ({
  name,
  written,
  goal,
  unit,
  better: 'more',
  read,
})
const less = (...args: Parameters<typeof more>): Goal => ({ ...more(...args), better: 'less' })

const reports: readonly Goal[] = [
  more(
    'PostgreSQL, 1,000 devices: whole reports',
    '2,064/s',
    2064,
    '/s',
    wholeOf('postgresql', 1000, (one) => one.reportsPerSecond),
  ),
  less(
    'PostgreSQL, 1,000 devices: CPU of 1,000 whole reports',
    '0.36',
    0.36,
    's',
    wholeOf('postgresql', 1000, costOf),
  ),
  less(
    'PGlite, 1,000 devices: CPU of 1,000 whole reports',
    '0.35',
    0.35,
    's',
    wholeOf('pglite', 1000, costOf),
  ),
  less('acknowledged reports lost in all kills', 'No acknowledged report was lost', 0, '', sumLost),
  more('whole reports, times open-balena-api', '41 x', 41, 'x', besidePeer('whole', timesFaster)),
  more('reports of metrics, times open-balena-api', '18 x', 18, 'x', besidePeer('metrics', timesFaster)),
  more('whole reports, CPU of open-balena-api to ours', '1/59', 59, 'x', besidePeer('whole', timesCheaper)),
  more(
    'reports of metrics, CPU of open-balena-api to ours',
    '1/10',
    10,
    'x',
    besidePeer('metrics', timesCheaper),
  ),
]

const reconnected = z.object({ rows: z.array(z.object({ lost: z.number() })) })
const outage: readonly Goal[] = [
  less('acknowledged reports lost after an outage', 'connections reset | lost', 0, '', (result) =>
    reconnected.parse(result).rows.reduce((sum, { lost }) => sum + lost, 0),
  ),
]

const pageLoad = z.object({
  lcpMs: z.number(),
  longTaskExcessMs: z.number(),
  requestsBefore: z.number(),
  scriptBytesSentBefore: z.number(),
})
const firstLoad = z.object({
  figures: z.array(z.object({ name: z.string(), slowdown: z.number(), loads: z.array(pageLoad) })),
  ratios: z.array(z.object({ peer: z.string(), slowdown: z.number(), lcp: z.number() })),
})
const medianOf = (values: readonly number[]) =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
const asOthers = (slowdown: number, of: (load: z.output<typeof pageLoad>) => number) => (result: unknown) => {
  const found = firstLoad
    .parse(result)
    .figures.find((one) => one.name.endsWith('served as the others') && one.slowdown === slowdown)
  return found ? medianOf(found.loads.map(of)) : null
}
const lcpOf = (peer: string, slowdown: number) => (result: unknown) =>
  firstLoad.parse(result).ratios.find((one) => one.peer === peer && one.slowdown === slowdown)?.lcp ?? null

const firstLoads: readonly Goal[] = [
  less(
    'JavaScript before the fleets are seen, gzip',
    '144.5 kB',
    144.5,
    'kB',
    asOthers(1, (load) => load.scriptBytesSentBefore / 1000),
  ),
  less(
    'requests before the fleets are seen',
    '12 before',
    12,
    '',
    asOthers(1, (load) => load.requestsBefore),
  ),
  less(
    'LCP of the fleets',
    '464 / 1,492 ms',
    464,
    'ms',
    asOthers(1, (load) => load.lcpMs),
  ),
  less(
    'LCP of the fleets, processor four times slower',
    '464 / 1,492 ms',
    1492,
    'ms',
    asOthers(4, (load) => load.lcpMs),
  ),
  less(
    'long tasks beyond 50 ms, four times slower',
    '89 / 1,131 ms',
    1131,
    'ms',
    asOthers(4, (load) => load.longTaskExcessMs),
  ),
  more('LCP of shadcn-admin to ours', '2.7 and 2.9 times sooner', 2.7, 'x', lcpOf('shadcn-admin', 1)),
  more('LCP of open-balena-ui to ours', '2.7 and 2.9 times sooner', 2.9, 'x', lcpOf('open-balena-ui', 1)),
  more(
    'LCP of shadcn-admin to ours, four times slower',
    '2.2 and 2.3 times',
    2.2,
    'x',
    lcpOf('shadcn-admin', 4),
  ),
  more(
    'LCP of open-balena-ui to ours, four times slower',
    '2.2 and 2.3 times',
    2.3,
    'x',
    lcpOf('open-balena-ui', 4),
  ),
]

const deviceList = z.object({
  results: z.array(
    z.object({
      store: z.string(),
      counts: z.array(
        z.object({
          devices: z.number(),
          figures: z.array(z.object({ name: z.string(), p95Ms: z.number() })),
        }),
      ),
    }),
  ),
})
const p95At = (store: string, name: string) => (result: unknown) =>
  deviceList
    .parse(result)
    .results.find((one) => one.store === store)
    ?.counts.find(({ devices }) => devices === 100_000)
    ?.figures.find((one) => one.name === name)?.p95Ms ?? null

const lists = (
  [
    ['list: all of them', 27.8, 20.2],
    ['list: a page a third down', 27.2, 16.7],
    ['list: right after a change', 78.5, 18.9],
    ['facets: all devices or a fleet', 32.9, 12.8],
    ['facets: one filter more', 35.1, 21.9],
    ['fleets', 25.7, 19.5],
    ['list: text, 2 letters', 37, 26.3],
  ] as const
).flatMap(([name, onPostgres, onPglite]) =>
  (
    [
      ['PostgreSQL', onPostgres],
      ['PGlite', onPglite],
    ] as const
  ).map(([store, goal]) =>
    less(
      `100,000 devices on ${store}: ${name}, p95`,
      `${goal.toFixed(1)} ms`,
      goal,
      'ms',
      p95At(store, name),
    ),
  ),
)

export const goals: Goals = {
  ingest: reports,
  reconnect: outage,
  'first-load': firstLoads,
  'device-list': lists,
}

/** Whether a figure was reached; `factor`: by what it was missed, above 1. */
export function judge({ goal, better }: Goal, got: number): { isReached: boolean; factor: number } {
  const isReached = better === 'more' ? got >= goal : got <= goal
  const factor = better === 'more' ? goal / got : got / goal
  return { isReached, factor: isReached ? 1 : factor }
}
