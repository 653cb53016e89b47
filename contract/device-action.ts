import { z } from 'zod'
import { deviceUuid, id, instant } from './query.ts'
import type { Role } from './session.ts'

export const actionKinds = [
  'restart-service',
  'restart-application',
  'stop-service',
  'start-service',
  'reboot',
  'shutdown',
  'identify',
  'update-now',
  'purge',
  'override-lock',
  'collect-diagnostics',
  'rotate-key',
] as const
export const actionKind = z.enum(actionKinds)
export type ActionKind = z.infer<typeof actionKind>

/**
 * How an action reaches a device. `target`: it is part of the target state, so that every supervisor does it at its next
 * poll. `socket`: it happens once and travels over the socket that a willing device keeps open. `source`: it happens once, and the
 * backend that the device talks to hands it on.
 */
export const actionWays = ['socket', 'target', 'source'] as const
export type ActionWay = (typeof actionWays)[number]
/** Where devices talk to this gateway; where they talk to another backend every way is `source`. */
export const actionWayOf: Record<ActionKind, Exclude<ActionWay, 'source'>> = {
  'restart-service': 'socket',
  'restart-application': 'socket',
  'stop-service': 'target',
  'start-service': 'target',
  reboot: 'socket',
  shutdown: 'socket',
  identify: 'socket',
  'update-now': 'socket',
  purge: 'socket',
  'override-lock': 'target',
  'collect-diagnostics': 'socket',
  'rotate-key': 'socket',
}

/** The least role that may ask for it: what cannot be taken back from here, or may harm, needs more than support. */
export const actionRoles: Record<ActionKind, Role> = {
  'restart-service': 'support',
  'restart-application': 'support',
  'stop-service': 'support',
  'start-service': 'support',
  reboot: 'support',
  shutdown: 'release-manager',
  identify: 'support',
  'update-now': 'support',
  purge: 'release-manager',
  'override-lock': 'release-manager',
  'collect-diagnostics': 'support',
  'rotate-key': 'admin',
}

/** Minutes an action may wait for a device that is away. */
export const actionExpiries = [15, 60, 240, 1440, 4320, 10_080] as const
export const DEFAULT_ACTION_EXPIRY = 15

/** What is asked; `serviceName` is needed for the kinds of one service, `overrideMinutes` for `override-lock`. */
export const actionRequest = z.object({
  serviceName: z.string().max(255).optional(),
  /** Also while an update lock is held. */
  force: z.boolean().default(false),
  /** Why, for those who look at the audit log later. */
  reason: z.string().trim().max(500).default(''),
  expiresInMinutes: z.int().min(15).max(10_080).default(DEFAULT_ACTION_EXPIRY),
  /** How long update locks are overridden, from now. */
  overrideMinutes: z.int().min(5).max(10_080).optional(),
})

/**
 * `queued`: the device has not accepted it. `delivered`: it did, and was told to begin. `expired`: it was not accepted
 * in time, or accepted without a word on how it ended. `unsupported`: the device keeps no socket. `cancelled`: called off
 * before the device accepted it.
 */
export const actionStates = [
  'queued',
  'delivered',
  'done',
  'failed',
  'expired',
  'cancelled',
  'unsupported',
] as const
export const actionState = z.enum(actionStates)
export type ActionState = z.infer<typeof actionState>

export const action = z.object({
  id,
  /** What the device knows it by, in its own records. */
  commandId: z.string(),
  deviceUuid,
  kind: actionKind,
  way: z.enum(actionWays),
  serviceName: z.string().nullable(),
  isForced: z.boolean(),
  state: actionState,
  message: z.string().nullable(),
  reason: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  deliveredAt: instant.nullable(),
  /** Until when the device may answer once it took it. */
  answerBy: instant.nullable(),
  finishedAt: instant.nullable(),
  /** Until when update locks are overridden; null for other kinds, and once it was lifted. */
  overriddenUntil: instant.nullable(),
  /** The bulk action it is part of. */
  batchId: id.nullable(),
})
export type Action = z.infer<typeof action>

export const actionCounts = z.record(actionState, z.int().nonnegative())

/** One action asked of many devices at once. */
export const actionBatch = z.object({
  id,
  kind: actionKind,
  serviceName: z.string().nullable(),
  reason: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  total: z.int().nonnegative(),
  counts: actionCounts,
})
export type ActionBatch = z.infer<typeof actionBatch>

/** An action of a bulk one, with its device. */
export const batchAction = action.extend({ deviceName: z.string(), fleetName: z.string() })
export type BatchAction = z.infer<typeof batchAction>
