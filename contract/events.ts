import { z } from 'zod'
import { deviceDetail, deviceEvent, deviceFilter, deviceRow, deviceSorts, wallCells } from './device.ts'
import { MAX_WINDOW_DEVICES } from './device-states.ts'
import { fleetSummary } from './fleet.ts'
import { logLine, logSelector } from './log.ts'
import { inbox } from './notification.ts'
import { problem } from './problem.ts'
import { cursor, deviceUuid, id } from './query.ts'
import {
  rolloutCell,
  rolloutDetail,
  rolloutDevice,
  rolloutRow,
  rolloutState,
  rolloutTotals,
} from './rollout.ts'
import { actionBatch } from './device-action.ts'
import type { ResourceKind } from './route.ts'
import type { Role } from './session.ts'
import { toldSource } from './source.ts'

export { COALESCE_MS, HEARTBEAT_MS } from './live-timing.ts'
export const MAX_SUBSCRIPTIONS_PER_SOCKET = 40

/** What a browser can watch. It watches only what is on screen (DESIGN section 5). */
export const topic = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fleets') }),
  z.object({ kind: z.literal('fleet'), fleetId: id }),
  /** The device rows on screen, and how many others entered or left the list meanwhile. */
  z.object({
    kind: z.literal('devices'),
    filter: deviceFilter,
    /** What the list is ordered by: a change that cannot move a device in it is not told as one that entered. */
    sort: z.enum(deviceSorts).optional(),
    uuids: z.array(deviceUuid).max(MAX_WINDOW_DEVICES),
  }),
  z.object({ kind: z.literal('device'), uuid: deviceUuid }),
  z.object({ kind: z.literal('wall'), fleetId: id }),
  /** Says only that the releases of the fleet changed; the page fetches again. */
  z.object({ kind: z.literal('releases'), fleetId: id.optional() }),
  /** The list of rollouts with these filters. */
  z.object({
    kind: z.literal('rollouts'),
    fleetId: id.optional(),
    state: z.array(rolloutState).max(rolloutState.options.length).optional(),
    q: z.string().max(100).optional(),
  }),
  z.object({ kind: z.literal('rollout'), rolloutId: id }),
  /** The device rows of a rollout that are on screen. */
  z.object({
    kind: z.literal('rollout-devices'),
    rolloutId: id,
    uuids: z.array(deviceUuid).max(MAX_WINDOW_DEVICES),
  }),
  z.object({ kind: z.literal('rollout-wall'), rolloutId: id }),
  /** The inbox of whoever watches it: what a rollout told, and what waits for somebody. */
  z.object({ kind: z.literal('notifications') }),
  /** Says only that webhooks or deliveries changed, of one where it is named; the page fetches again. */
  z.object({ kind: z.literal('webhooks'), webhookId: id.optional() }),
  /** How far an action asked of many devices is. */
  z.object({ kind: z.literal('action-batch'), batchId: id }),
  z.object({ kind: z.literal('logs'), selector: logSelector }),
  /** Where fleets come from, and how old what was read is. */
  z.object({ kind: z.literal('source') }),
])
export type Topic = z.infer<typeof topic>
export type TopicKind = Topic['kind']

/** The least role that may watch a topic; the gateway enforces it at every subscription. */
export const topicRoles: Record<TopicKind, Role> = {
  fleets: 'viewer',
  fleet: 'viewer',
  devices: 'viewer',
  device: 'viewer',
  wall: 'viewer',
  releases: 'viewer',
  rollouts: 'viewer',
  rollout: 'viewer',
  'rollout-devices': 'viewer',
  'rollout-wall': 'viewer',
  notifications: 'viewer',
  webhooks: 'admin',
  'action-batch': 'viewer',
  logs: 'viewer',
  source: 'viewer',
}

/**
 * Where that role must be held, as for routes: in the fleet of what `at` names, in at least one fleet, whose things alone
 * are told then, or in every one.
 */
export type TopicScope = 'organisation' | 'fleets' | { readonly of: ResourceKind; readonly at: string }
export const topicScopes: Record<TopicKind, TopicScope> = {
  fleets: 'fleets',
  fleet: { of: 'fleet', at: 'fleetId' },
  devices: 'fleets',
  device: { of: 'device', at: 'uuid' },
  wall: { of: 'fleet', at: 'fleetId' },
  releases: 'fleets',
  rollouts: 'fleets',
  rollout: { of: 'rollout', at: 'rolloutId' },
  'rollout-devices': { of: 'rollout', at: 'rolloutId' },
  'rollout-wall': { of: 'rollout', at: 'rolloutId' },
  notifications: 'fleets',
  webhooks: 'organisation',
  'action-batch': { of: 'action-batch', at: 'batchId' },
  logs: 'fleets',
  source: 'fleets',
}

/** What a patch of each topic carries: the latest state of what changed, never a difference of a difference. */
export const topicData = {
  fleets: z.object({ upserted: z.array(fleetSummary), removed: z.array(id) }),
  fleet: z.object({ fleet: fleetSummary.nullable() }),
  devices: z.object({
    /** Rows of the window that changed, also those that no longer match, so that nothing old is shown as fresh. */
    upserted: z.array(deviceRow),
    /** Devices of the window that no longer match the filter or were deleted. */
    left: z.array(deviceUuid),
    /** Devices outside the window whose change may have brought them into the list or to another place in it. */
    entered: z.int().nonnegative(),
    total: z.int().nonnegative(),
  }),
  device: z.object({ device: deviceDetail.nullable(), events: z.array(deviceEvent) }),
  /** Ids of devices that left; cells that are new to the page go to the end of the wall. */
  wall: z.object({ cells: wallCells, removed: z.array(id) }),
  releases: z.object({ hasChanged: z.boolean() }),
  rollouts: rolloutTotals.extend({
    /** Rollouts that changed, also those that do not match the filters. */
    upserted: z.array(rolloutRow),
    /** The numbers of those that do. */
    matching: z.array(id),
  }),
  rollout: z.object({ rollout: rolloutDetail }),
  'rollout-devices': z.object({ upserted: z.array(rolloutDevice) }),
  'rollout-wall': z.object({ upserted: z.array(rolloutCell) }),
  notifications: inbox,
  webhooks: z.object({ hasChanged: z.boolean() }),
  'action-batch': z.object({ batch: actionBatch }),
  logs: z.object({
    lines: z.array(logLine),
    /** Lines left out since the last patch because this reader was too slow. */
    dropped: z.int().nonnegative(),
  }),
  source: toldSource,
} as const satisfies Record<TopicKind, z.ZodType>
export type TopicData = { [K in TopicKind]: z.infer<(typeof topicData)[K]> }

/**
 * `since`: the last revision the page holds for this topic (for `logs`: the last line id), or null at first.
 * The answer's `cursor` is the revision from which patches follow. `isResync: true` means the gateway cannot
 * replay from `since`, so the page must fetch the snapshot again. Subscribe first, then fetch.
 */
export const subscribeRequest = z.object({ id: z.string().min(1).max(64), topic, since: cursor.nullable() })
export type SubscribeRequest = z.infer<typeof subscribeRequest>
export const subscribeReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), cursor, isResync: z.boolean() }),
  z.object({ ok: z.literal(false), problem }),
])
export type SubscribeReply = z.infer<typeof subscribeReply>

/** `from` is the revision this patch follows on; `from > held` means one was missed, `to <= held` that it is old. */
export const patch = z.object({
  id: z.string(),
  kind: z.string(),
  from: cursor,
  to: cursor,
  data: z.unknown(),
})
export type Patch = z.infer<typeof patch>

/** Browser -> gateway, default namespace. */
export const clientEvents = {
  subscribe: subscribeRequest,
  unsubscribe: z.object({ id: z.string().max(64) }),
} as const

/** Gateway -> browser. */
export const serverEvents = {
  patch,
  /** The page must fetch this subscription's snapshot again: the gateway had to leave something out. */
  resync: z.object({ id: z.string() }),
  heartbeat: z.object({ at: z.iso.datetime() }),
  /** The gateway is about to close this socket, and why. */
  goodbye: z.object({ reason: z.enum(['stopping', 'signed-out', 'rights-changed', 'too-slow']) }),
} as const
export type ServerEvents = { [E in keyof typeof serverEvents]: z.infer<(typeof serverEvents)[E]> }
/** `taken`: to be called when a patch of a stream was worked through; the gateway has few under way at once. */
export type ServerToClient = {
  [E in keyof ServerEvents]: (payload: ServerEvents[E], taken?: () => void) => void
}
export type ClientToServer = {
  subscribe: (request: z.input<typeof subscribeRequest>, reply: (answer: SubscribeReply) => void) => void
  unsubscribe: (request: z.infer<typeof clientEvents.unsubscribe>) => void
}
