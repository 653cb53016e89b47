/** What the gateway is to reach: reports, an outage, live changes, and an hour of everything. */
import { z } from 'zod'
import { growthOf, MANY, over, stores, sum } from './goal.ts'
import { levelOf } from './level.ts'

const rate = z.object({
  kind: z.string(),
  seconds: z.number(),
  reports: z.number(),
  reportsPerSecond: z.number(),
  p99Ms: z.number(),
  cores: z.object({ gateway: z.number(), database: z.number().nullable() }),
})
const ingest = z.object({
  rates: z.array(
    rate.extend({
      store: z.string(),
      devices: z.number(),
      survival: z.object({ lost: z.number() }).nullable(),
    }),
  ),
  beside: z.object({ ours: z.array(rate), peers: z.array(rate) }),
})
type Ingest = z.output<typeof ingest>
/** CPU seconds of a thousand reports. */
const costOf = ({ cores, seconds, reports }: z.output<typeof rate>) =>
  ((cores.gateway + (cores.database ?? 0)) * seconds * 1000) / Math.max(1, reports)
const wholeOf = ({ rates }: Ingest, store: string) =>
  rates
    .filter((one) => one.store === store && one.kind === 'whole')
    .sort((one, other) => one.devices - other.devices)

const moreReports = over(ingest, 'more')
const lessOfReports = over(ingest, 'less')
export const reports = [
  ...(
    [
      [...stores[0], 5000],
      [...stores[1], 3000],
    ] as const
  ).flatMap(([label, store, perSecond]) => [
    moreReports(
      `whole reports stored and acknowledged, ${label}`,
      perSecond,
      '/s',
      (result) => wholeOf(result, store)[0]?.reportsPerSecond ?? null,
    ),
    lessOfReports(
      `whole reports, 99th percentile, ${label}`,
      250,
      'ms',
      (result) => wholeOf(result, store)[0]?.p99Ms ?? null,
    ),
    lessOfReports(`CPU of a report, most devices to fewest, ${label}`, 1.5, 'x', (result) =>
      growthOf(wholeOf(result, store).map(costOf)),
    ),
  ]),
  lessOfReports('acknowledged reports lost in all kills', 0, '', ({ rates }) =>
    sum(rates.flatMap(({ survival }) => (survival === null ? [] : [survival.lost]))),
  ),
  ...['whole', 'metrics'].map((kind) =>
    moreReports(`reports/s, ${kind}, to those of open-balena-api`, 10, 'x', ({ beside }) => {
      const [own, peer] = [beside.ours, beside.peers].map((all) => all.find((one) => one.kind === kind))
      return own && peer ? own.reportsPerSecond / Math.max(0.1, peer.reportsPerSecond) : null
    }),
  ),
]

const reconnected = z.object({
  devices: z.number(),
  rows: z.array(z.object({ store: z.string(), recoveredSeconds: z.number(), lost: z.number() })),
})
export const outage = [
  ...stores.map(([label, store]) =>
    over(reconnected, 'less')(`100,000 devices back after an outage, ${label}`, 60, 's', (result) =>
      result.devices < MANY
        ? null
        : (result.rows.find((row) => row.store === store)?.recoveredSeconds ?? null),
    ),
  ),
  over(reconnected, 'less')('acknowledged reports lost after an outage', 0, '', ({ rows }) =>
    sum(rows.map(({ lost }) => lost)),
  ),
]

const lived = z.object({
  rows: z.array(
    z.object({
      store: z.string(),
      pixel: z.object({ shown: z.object({ p95: z.number() }) }),
      many: z
        .object({
          delays: z.object({ p95: z.number() }),
          missed: z.number(),
          memoryMb: z.array(z.number()),
        })
        .nullable(),
    }),
  ),
})
/** The limits of the soak: a tenth and 20 MB. */
const levelLimits = { share: 0.1, slack: 20 }
export const live = stores.flatMap(([label, store]) => {
  const less = over(lived, 'less')
  const of = ({ rows }: z.output<typeof lived>) => rows.find((row) => row.store === store)
  return [
    less(
      `report to pixel at 3,000 reports/s, 95th percentile, ${label}`,
      400,
      'ms',
      (result) => of(result)?.pixel.shown.p95 ?? null,
    ),
    less(
      `report to 1,000 browsers, 95th percentile, ${label}`,
      1000,
      'ms',
      (result) => of(result)?.many?.delays.p95 ?? null,
    ),
    less(`1,000 browsers, memory of the last third to the first, ${label}`, 1.1, 'x', (result) => {
      const memory = of(result)?.many?.memoryMb
      if (memory === undefined) return null
      const { first, last, isLevel } = levelOf(
        memory.map((value, atMs) => ({ atMs, value })),
        levelLimits,
      )
      return isLevel ? Math.min(last / first, 1 + levelLimits.share) : last / first
    }),
  ]
})

const evented = z.object({
  costs: z.array(z.object({ devices: z.number(), alone: z.number(), watched: z.number() })),
})
export const events = [
  over(evented, 'less')(
    'CPU of a report of the same 1,000 devices, largest fleet to smallest',
    1.5,
    'x',
    ({ costs }) => growthOf(costs.map(({ alone }) => alone)),
  ),
  over(evented, 'less')(
    'the same with 100 browsers that watch, largest fleet to smallest',
    1.5,
    'x',
    ({ costs }) => growthOf(costs.map(({ watched }) => watched)),
  ),
]

const soaked = z.object({
  minutes: z.number(),
  devices: z.number(),
  faults: z.number(),
  memory: z.array(z.object({ isLevel: z.boolean() })),
})
const ofAnHour = (read: (result: z.output<typeof soaked>) => number) => (result: z.output<typeof soaked>) =>
  result.minutes < 60 || result.devices < MANY ? null : read(result)
export const soak = [
  over(soaked, 'less')(
    'an hour: numbers that differ, reports and lines lost, connections broken',
    0,
    '',
    ofAnHour(({ faults }) => faults),
  ),
  over(soaked, 'less')(
    'an hour: memory that is not level, of gateway and pages',
    0,
    '',
    ofAnHour(({ memory }) => memory.filter(({ isLevel }) => !isLevel).length),
  ),
]
