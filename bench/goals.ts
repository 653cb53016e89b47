/** All figures that are to be reached with 100,000 devices, as docs/performance.md lists them, by the name of their result file. */
import { events, live, outage, reports, soak } from './gateway-goals.ts'
import { stores, type Goal } from './goal.ts'
import { firstLoads, listGoals, scrolling, wall } from './page-goals.ts'

export const goals: Readonly<Record<string, readonly Goal[]>> = {
  'first-load': firstLoads,
  'device-list': [...listGoals(stores[0], 15), ...listGoals(stores[1], 30)],
  scroll: scrolling,
  wall,
  ingest: reports,
  live,
  events,
  reconnect: outage,
  soak,
}
