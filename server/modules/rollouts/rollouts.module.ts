import type { FastifyInstance } from 'fastify'
import { rolloutNeeds } from '#contract/ability-needs'
import { isWithin } from '#contract/role'
import { routes } from '#contract/routes'
import type { Hub } from '../../platform/hub.ts'
import { decodeCursor, encodeCursor } from '../../platform/page-cursor.ts'
import { Problem } from '../../platform/problem.ts'
import { registerRoute, type Caller } from '../../platform/register-route.ts'
import type { Change } from '../../platform/changes.ts'
import { createRollout, readExisting, type RolloutDeps } from './rollouts.service.ts'
import { actOnRollout } from './rollout-verbs.service.ts'
import { pageRolloutDevices, readRolloutCells, readRolloutDevices } from './rollout-devices.store.ts'
import { previewRollout } from './rollout-preview.service.ts'
import { registerPlanTemplates } from './plan-templates.routes.ts'
import { leaveRollouts } from './rollout-leaving.service.ts'
import { RolloutRunner } from './rollouts.runner.ts'
import { sentBy, type Sent } from './rollout-split.rules.ts'
import { registerRolloutReports } from './rollout-reports.routes.ts'
import { countRollouts, pageRollouts, readRollouts } from './rollout-list.store.ts'
import { readRollout, rolloutExists } from './rollouts.store.ts'
import { z } from 'zod'

/** A rollout's page is dear to count, so it is patched at most this often. */
const PATCH_INTERVAL_MS = 500
/** Of a rollout of 100,000 devices a patch takes the store a tenth of a second or more. */
const PATCH_SHARE = 0.1
/** At most one a second is stored, so these cover what a page can have missed between two patches. */
const SAMPLES_PER_PATCH = 30
const listCursor = z.int()
const deviceCursor = z.object({ rank: z.int(), name: z.string(), id: z.int() })

export type RolloutModuleDeps = Omit<RolloutDeps, 'wake'> & {
  hub: Hub
  isLeading: () => boolean
  onError: (error: unknown, rolloutId: number) => void
}

const actorOf = ({ name, kind, userId, claim }: Caller) => ({ name, kind, userId, claim })
const rolloutsOf = (changes: readonly Change[]) => changes.filter((change) => change.kind === 'rollout')
const deviceIdsOf = (changes: readonly Change[]) => [
  ...new Set(rolloutsOf(changes).flatMap((change) => change.deviceIds)),
]

export function rolloutsModule(deps: RolloutModuleDeps) {
  const runner = new RolloutRunner(deps)
  const service: RolloutDeps = {
    ...deps,
    wake: (rolloutId) =>
      void runner.wake(rolloutId).catch((error: unknown) => deps.onError(error, rolloutId)),
  }

  deps.hub.provide({
    kind: 'rollout',
    minIntervalMs: PATCH_INTERVAL_MS,
    maxShare: PATCH_SHARE,
    concerns: (topic, change) => change.kind === 'rollout' && change.rolloutId === topic.rolloutId,
    build: async (topic) => {
      const rollout = await readRollout(deps.db, topic.rolloutId, { newest: SAMPLES_PER_PATCH })
      return rollout && { rollout }
    },
  })
  deps.hub.provide({
    kind: 'rollout-devices',
    concerns: (topic, change) => change.kind === 'rollout' && change.rolloutId === topic.rolloutId,
    build: async (topic, changes) => {
      const upserted = await readRolloutDevices(
        deps.db,
        topic.rolloutId,
        {
          deviceIds: deviceIdsOf(changes),
          uuids: topic.uuids,
        },
        deps.now(),
      )
      return upserted.length === 0 ? null : { upserted }
    },
  })
  deps.hub.provide({
    kind: 'rollout-wall',
    minIntervalMs: PATCH_INTERVAL_MS,
    maxShare: PATCH_SHARE,
    concerns: (topic, change) => change.kind === 'rollout' && change.rolloutId === topic.rolloutId,
    build: async (topic, changes) => ({
      upserted: await readRolloutCells(deps.db, topic.rolloutId, deviceIdsOf(changes)),
    }),
  })
  deps.hub.provide({
    kind: 'rollouts',
    minIntervalMs: PATCH_INTERVAL_MS,
    spansFleets: true,
    concerns: (topic, change, { within }) =>
      change.kind === 'rollout' &&
      isWithin(within, change.fleetId) &&
      (topic.fleetId === undefined || topic.fleetId === change.fleetId),
    build: async ({ fleetId, state = [], q = '' }, changes, _tick, { within }) => {
      const ids = [...new Set(rolloutsOf(changes).map((change) => change.rolloutId))]
      const filter = { fleetId, state, q, within }
      return { ...(await readRollouts(deps.db, ids, filter)), ...(await countRollouts(deps.db, filter)) }
    },
  })

  const mustExist = async (rolloutId: number) => {
    if (!(await rolloutExists(deps.db, rolloutId))) throw Problem.notFound('rollout', String(rolloutId))
  }

  return {
    runner,
    /** A device that is about to be deleted counts in no rollout any more. */
    leave: leaveRollouts,
    register(app: FastifyInstance): void {
      registerPlanTemplates(app, service)
      registerRolloutReports(app, deps, mustExist)
      registerRoute(app, routes.listRollouts, async ({ query, within }) => {
        const cursor = deps.hub.cursor
        const after = query.after === undefined ? null : decodeCursor(listCursor, query.after)
        const filter = { ...query, within }
        const page = await pageRollouts(deps.db, { ...filter, after })
        const next = page.next === null ? null : encodeCursor(page.next)
        return { cursor, rows: page.rows, next, ...(await countRollouts(deps.db, filter)) }
      })
      const mustBeSendable = (sent: Sent) => app.abilities.require(rolloutNeeds[sent.kind])
      registerRoute(app, routes.previewRollout, ({ params, body }) => {
        mustBeSendable(sentBy(body))
        return previewRollout(service, params.fleetId, body)
      })
      registerRoute(app, routes.createRollout, ({ params, body, caller }) => {
        mustBeSendable(sentBy(body))
        return createRollout(service, params.fleetId, body, actorOf(caller))
      })
      registerRoute(app, routes.getRollout, async ({ params }) => {
        const cursor = deps.hub.cursor
        return { cursor, rollout: await readExisting(deps, params.rolloutId) }
      })
      registerRoute(app, routes.listRolloutDevices, async ({ params, query }) => {
        const cursor = deps.hub.cursor
        const after = query.after === undefined ? null : decodeCursor(deviceCursor, query.after)
        await mustExist(params.rolloutId)
        const page = await pageRolloutDevices(deps.db, params.rolloutId, { ...query, after }, deps.now())
        return { ...page, cursor, next: page.next && encodeCursor(page.next) }
      })
      registerRoute(app, routes.getRolloutWall, async ({ params }) => {
        const cursor = deps.hub.cursor
        await mustExist(params.rolloutId)
        return { cursor, cells: await readRolloutCells(deps.db, params.rolloutId) }
      })
      registerRoute(app, routes.actOnRollout, ({ params, body, caller }) =>
        actOnRollout(service, params.rolloutId, params.verb, body.reason, {
          ...actorOf(caller),
          role: caller.role,
        }),
      )
    },
  }
}
