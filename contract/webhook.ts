import { z } from 'zod'
import { rolloutTarget } from './fleet.ts'
import { commaList, cursor, id, instant, pageQuery } from './query.ts'

export const webhookEvents = [
  'rollout.started',
  'rollout.paused',
  'rollout.resumed',
  'rollout.awaiting-approval',
  'rollout.rolling-back',
  'rollout.rolled-back',
  'rollout.completed',
  'rollout.aborted',
] as const
export const webhookEvent = z.enum(webhookEvents)
export type WebhookEvent = z.infer<typeof webhookEvent>

/**
 * What a delivery carries. It is signed: `x-wheelhouse-signature` is `sha256=` and the hex HMAC-SHA-256, keyed with the
 * webhook's secret, of `<x-wheelhouse-timestamp>.<body>`. A delivery may arrive more than once, always with the same
 * `x-wheelhouse-delivery`.
 */
export const webhookPayload = z.object({
  event: webhookEvent,
  at: instant,
  rolloutId: id,
  fleet: z.object({ id, name: z.string() }),
  target: rolloutTarget,
  /** The release of the target; null for a host OS rollout. */
  release: z.object({ id, semver: z.string(), commit: z.string() }).nullable(),
  state: z.string(),
  /** One sentence: what happened, by whom, with the figures it rests on. */
  summary: z.string(),
  actor: z.string(),
})

/** What a webhook can be sent: what it subscribed to, and the test that somebody asks for. */
export const deliveryEvents = [...webhookEvents, 'webhook.test'] as const
export const deliveryEvent = z.enum(deliveryEvents)
export type DeliveryEvent = z.infer<typeof deliveryEvent>

/** What a test carries: enough to see that address, signature and receiver agree. */
export const webhookTestPayload = z.object({
  event: z.literal('webhook.test'),
  at: instant,
  webhook: z.object({ id, name: z.string() }),
  summary: z.string(),
  actor: z.string(),
})
export type WebhookTestPayload = z.infer<typeof webhookTestPayload>

export const webhookUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2000)
  .refine((text) => {
    if (!URL.canParse(text)) return true
    const url = new URL(text)
    return url.username === '' && url.password === ''
  }, 'must not hold a user name or password; the signature says who calls')

export const webhook = z.object({
  id,
  name: z.string(),
  url: z.string(),
  events: z.array(webhookEvent),
  /** Null: rollouts of every fleet. */
  fleetId: id.nullable(),
  fleetName: z.string().nullable(),
  isEnabled: z.boolean(),
  createdBy: z.string(),
  createdAt: instant,
  /** Counts of its deliveries. */
  delivered: z.int(),
  waiting: z.int(),
  failed: z.int(),
})
export type Webhook = z.infer<typeof webhook>

const webhookName = z.string().trim().min(1, 'must not be empty').max(100)
const someEvents = z.array(webhookEvent).min(1, 'must name at least one event')

export const createWebhookBody = z.object({
  name: webhookName,
  url: webhookUrl,
  events: someEvents.default([...webhookEvents]),
  fleetId: id.nullable().default(null),
})
/** What is left out stays as it is. */
export const updateWebhookBody = z.object({
  name: webhookName.optional(),
  url: webhookUrl.optional(),
  events: someEvents.optional(),
  fleetId: id.nullable().optional(),
  isEnabled: z.boolean().optional(),
})
/** The key of the signature is shown this once. */
export const webhookWithSecret = webhook.extend({ secret: z.string() })

export const deliveryStates = ['waiting', 'delivered', 'failed'] as const
export const deliveryState = z.enum(deliveryStates)
export type DeliveryState = z.infer<typeof deliveryState>

export const webhookDelivery = z.object({
  id,
  event: deliveryEvent,
  summary: z.string(),
  state: deliveryState,
  attempts: z.int(),
  /** Of the last attempt; null when nothing answered. */
  statusCode: z.int().nullable(),
  /** Why the last attempt failed, in words. */
  error: z.string().nullable(),
  /** How long the last attempt took. */
  tookMs: z.int().nullable(),
  createdAt: instant,
  nextAttemptAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** The body as it is sent; deliveries of an older version may look different. */
  payload: z.record(z.string(), z.unknown()),
})
export type WebhookDelivery = z.infer<typeof webhookDelivery>

export const webhookDeliveryQuery = z.object({
  state: commaList(deliveryState),
  event: commaList(deliveryEvent),
  ...pageQuery.shape,
})
export const webhookDeliveryPage = z.object({
  cursor,
  rows: z.array(webhookDelivery),
  next: z.string().nullable(),
  /** How many each value of a filter would leave with the other filter applied; values that leave none are absent. */
  counts: z.object({
    state: z.partialRecord(deliveryState, z.int()),
    event: z.partialRecord(deliveryEvent, z.int()),
  }),
})
