import { z } from 'zod'
import { commaList, cursor, deviceUuid, id, instant, pageQuery, queryBoolean } from './query.ts'
import type { WebhookEvent } from './webhook.ts'

const rolloutEvents = [
  'rollout.awaiting-approval',
  'rollout.paused',
  'rollout.rolling-back',
  'rollout.rolled-back',
  'rollout.completed',
  'rollout.aborted',
] as const satisfies readonly WebhookEvent[]
/**
 * What people are told in the app: everybody, that a rollout needs somebody, turns back or has ended; and whoever watches a
 * device, that it is online again, failed or changed.
 */
const notificationEvents = [...rolloutEvents, 'device.returned', 'device.failed', 'device.changed'] as const
export const notificationEvent = z.enum(notificationEvents)
export type NotificationEvent = z.infer<typeof notificationEvent>

export const notification = z.object({
  id,
  at: instant,
  event: notificationEvent,
  /** The rollout it is about; null where it is about a device. */
  rolloutId: id.nullable(),
  device: z.object({ uuid: deviceUuid, name: z.string() }).nullable(),
  fleetId: id,
  fleetName: z.string(),
  /** One sentence: what happened, with the figures it rests on. */
  summary: z.string(),
  actor: z.string(),
  /** By whoever asks, on whichever device; what one did oneself counts as seen. */
  isSeen: z.boolean(),
})
export type Notification = z.infer<typeof notification>

/** A rollout that stands still until somebody decides. */
export const needsAction = z.object({
  rolloutId: id,
  fleetName: z.string(),
  why: z.enum(['paused', 'awaiting-approval']),
})
export type NeedsAction = z.infer<typeof needsAction>

/** The inbox shows this many; the others are on a page of their own. */
export const INBOX_LENGTH = 30
export const inbox = z.object({
  /** The newest, newest first. */
  rows: z.array(notification).max(INBOX_LENGTH),
  unseen: z.int(),
  /** Longest waiting first, at most 100. */
  needsAction: z.array(needsAction),
})
export type Inbox = z.infer<typeof inbox>
export const inboxSnapshot = inbox.extend({ cursor })
export type InboxSnapshot = z.infer<typeof inboxSnapshot>

export const notificationQuery = z.object({
  event: commaList(notificationEvent),
  isSeen: queryBoolean.optional(),
  ...pageQuery.shape,
})
export const notificationPage = z.object({
  rows: z.array(notification),
  next: z.string().nullable(),
  /** How many each value would leave with the other filter applied; events that leave none are absent. */
  counts: z.object({
    event: z.partialRecord(notificationEvent, z.int()),
    seen: z.int(),
    unseen: z.int(),
  }),
})

/** `through`: all that are not newer than this one; so what came meanwhile stays unseen. */
export const markSeenBody = z.union([
  z.strictObject({ ids: z.array(id).min(1).max(200) }),
  z.strictObject({ rolloutId: id }),
  z.strictObject({ deviceUuid }),
  z.strictObject({ through: id }),
])
export type MarkSeen = z.infer<typeof markSeenBody>
