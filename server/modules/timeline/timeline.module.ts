import type { FastifyInstance } from 'fastify'
import type { Kysely } from 'kysely'
import { routes } from '#contract/routes'
import type { DeviceTimeline } from '#contract/timeline'
import type { Schema } from '../../platform/db/schema.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute } from '../../platform/register-route.ts'
import { buildLanes } from './build-timeline.ts'
import {
  readEventGroups,
  readEventsBefore,
  readFleetChanges,
  readTimelineActions,
  readTimelineDevice,
} from './timeline.store.ts'

const MAX_RANGE_MS = 400 * 86_400_000
/** So many moments of a range are told apart: a moment is drawn 14 px wide, on lanes of about 1,100 px. */
const BUCKETS = 400

export type TimelineDeps = { db: Kysely<Schema>; now: () => Date }

/** The timeline of a device in five statements, however long the range and dense its history; null: no such device. */
export async function readTimeline(
  { db, now }: TimelineDeps,
  uuid: string,
  from: Date,
  to: Date,
): Promise<DeviceTimeline | null> {
  const device = await readTimelineDevice(db, uuid)
  if (!device) return null
  const [fromMs, toMs, nowMs] = [from.getTime(), to.getTime(), now().getTime()]
  const resolutionMs = Math.max(1, Math.ceil((toMs - fromMs) / BUCKETS))
  const groups = await readEventGroups(db, device.id, from, to, resolutionMs)
  const before = await readEventsBefore(db, device.id, from)
  const actions = await readTimelineActions(db, device.id, from, to)
  const fleetChanges = await readFleetChanges(db, device.fleetId, from, to)
  const lanes = buildLanes({
    device,
    before,
    groups: [...groups, ...fleetChanges],
    actions,
    fromMs,
    toMs,
    knownToMs: Math.min(toMs, nowMs),
    nowMs,
  })
  return { from: from.toISOString(), to: to.toISOString(), resolutionMs, lanes }
}

/** What happened to a device, as spans on lanes over one time axis. */
export function timelineModule(deps: TimelineDeps) {
  return {
    read: (uuid: string, from: Date, to: Date) => readTimeline(deps, uuid, from, to),
    register(app: FastifyInstance): void {
      registerRoute(app, routes.getDeviceTimeline, async ({ params, query }) => {
        const [from, to] = [new Date(query.from), new Date(query.to)]
        if (to <= from) throw Problem.invalid('query.to', 'must be later than query.from')
        if (to.getTime() - from.getTime() > MAX_RANGE_MS)
          throw Problem.invalid('query.from', 'is more than 400 days before query.to')
        const timeline = await readTimeline(deps, params.uuid, from, to)
        if (!timeline) throw Problem.notFound('device', params.uuid)
        return timeline
      })
    },
  }
}
