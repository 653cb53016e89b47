/** What the pages are to reach: first load, list, scrolling, wall. */
import { z } from 'zod'
import type { stores } from './goal.ts'
import { growthOf, least, MANY, medianOf, most, over, sum } from './goal.ts'

const pageLoad = z.object({
  requestsBefore: z.number(),
  scriptBytesSentBefore: z.number(),
  styleBytesSent: z.number(),
})
const firstLoad = z.object({
  figures: z.array(z.object({ name: z.string(), slowdown: z.number(), loads: z.array(pageLoad) })),
  ratios: z.array(z.object({ peer: z.string(), slowdown: z.number(), lcp: z.number() })),
})
const atFirst = (name: string, goal: number, unit: string, of: (load: z.output<typeof pageLoad>) => number) =>
  over(firstLoad, 'less')(name, goal, unit, ({ figures }) => {
    const found = figures.find((one) => one.name.endsWith('served as the others') && one.slowdown === 1)
    return found ? medianOf(found.loads.map(of)) : null
  })
export const firstLoads = [
  atFirst(
    'JavaScript before the first fleet is seen, gzip',
    150,
    'kB',
    (load) => load.scriptBytesSentBefore / 1000,
  ),
  atFirst('CSS, gzip', 15, 'kB', (load) => load.styleBytesSent / 1000),
  atFirst('requests before the first fleet is seen', 12, '', (load) => load.requestsBefore),
  ...['shadcn-admin', 'open-balena-ui'].map((peer) =>
    over(firstLoad, 'more')(
      `LCP of ${peer} to ours, processor four times slower`,
      2,
      'x',
      ({ ratios }) => ratios.find((one) => one.peer === peer && one.slowdown === 4)?.lcp ?? null,
    ),
  ),
]

const atCount = z.object({
  devices: z.number(),
  figures: z.array(z.object({ name: z.string(), p95Ms: z.number() })),
  firstRowMs: z.object({ byAddress: z.array(z.number()), inApp: z.array(z.number()) }).nullable(),
  idleCpuPercent: z.number(),
  listCpuMs: z.number(),
})
const deviceList = z.object({ results: z.array(z.object({ store: z.string(), counts: z.array(atCount) })) })
type DeviceList = z.output<typeof deviceList>
export const listGoals = ([label]: (typeof stores)[number], p95Ms: number) => {
  const less = over(deviceList, 'less')
  const of = ({ results }: DeviceList) => results.find(({ store }) => store === label)?.counts ?? []
  const ofMany = (read: (at: z.output<typeof atCount>) => number | undefined) => (result: DeviceList) => {
    const found = of(result).find(({ devices }) => devices === MANY)
    return found === undefined ? null : (read(found) ?? null)
  }
  return [
    less(
      `a list, any filter and order, 95th percentile, ${label}`,
      p95Ms,
      'ms',
      ofMany(({ figures }) => figures.find(({ name }) => name === 'list: all of them')?.p95Ms),
    ),
    less(
      `first rows on screen, from the open app, ${label}`,
      300,
      'ms',
      ofMany(({ firstRowMs }) => (firstRowMs ? medianOf(firstRowMs.inApp) : undefined)),
    ),
    less(
      `first rows on screen, by address, ${label}`,
      300,
      'ms',
      ofMany(({ firstRowMs }) => (firstRowMs ? medianOf(firstRowMs.byAddress) : undefined)),
    ),
    less(
      `gateway busy while all are quiet, ${label}`,
      5,
      '%',
      ofMany((at) => at.idleCpuPercent),
    ),
    less(`CPU of a list, most devices to fewest, ${label}`, 1.5, 'x', (result) =>
      growthOf(of(result).map(({ listCpuMs }) => listCpuMs)),
    ),
  ]
}

const scrolled = z.object({
  devices: z.number(),
  figures: z.array(z.object({ way: z.string(), framesPerSecond: z.number(), framesBeyond50Ms: z.number() })),
})
/** A second that is measured may hold half a frame less: 60 are counted from 59.5 on. */
const FLUENT = 59.5
export const scrolling = [
  over(scrolled, 'more')(
    'scrolling through the list, frames, the least of all ways',
    FLUENT,
    '/s',
    (result) => least(result.figures.map((one) => one.framesPerSecond)),
  ),
  over(scrolled, 'less')('scrolling, frames beyond 50 ms in all ways', 0, '', (result) =>
    sum(result.figures.map((one) => one.framesBeyond50Ms)),
  ),
]

const watched = z.object({
  figures: z.array(
    z.object({
      view: z.string(),
      busyPercent: z.number(),
      framesPerSecond: z.number(),
      bytesPerSecond: z.number(),
    }),
  ),
})
const wallOf = ({ figures }: z.output<typeof watched>) => figures.filter(({ view }) => view.includes('wall'))
export const wall = [
  over(watched, 'more')('wall while 5,000 devices change a second, frames', FLUENT, '/s', (result) =>
    least(wallOf(result).map((one) => one.framesPerSecond)),
  ),
  over(watched, 'less')('wall, main thread busy', 25, '%', (result) =>
    most(wallOf(result).map((one) => one.busyPercent)),
  ),
  over(watched, 'less')('bytes to a browser, the most of all pages', 30, 'kB/s', ({ figures }) =>
    most(figures.map((one) => one.bytesPerSecond / 1000)),
  ),
]
