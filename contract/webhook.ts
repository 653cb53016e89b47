import { z } from 'zod'
import { id, instant, pageQuery } from './query.ts'

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
  release: z.object({ id, semver: z.string(), commit: z.string() }),
  state: z.string(),
  /** One sentence: what happened, by whom, with the figures it rests on. */
  summary: z.string(),
  actor: z.string(),
})
export type WebhookPayload = z.infer<typeof webhookPayload>

export const webhookUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2000)

export const webhook = z.object({
  id,
  name: z.string(),
  url: z.string(),
  events: z.array(webhookEvent),
  /** Null: rollouts of every fleet. */
  fleetId: id.nullable(),
  isEnabled: z.boolean(),
  createdBy: z.string(),
  createdAt: instant,
  /** Counts of its deliveries. */
  delivered: z.int(),
  waiting: z.int(),
  failed: z.int(),
})
export type Webhook = z.infer<typeof webhook>

export const createWebhookBody = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100),
  url: webhookUrl,
  events: z
    .array(webhookEvent)
    .min(1, 'must name at least one event')
    .default([...webhookEvents]),
  fleetId: id.nullable().default(null),
})
/** The key of the signature is shown this once. */
export const createdWebhook = webhook.extend({ secret: z.string() })

export const webhookDelivery = z.object({
  id,
  event: webhookEvent,
  summary: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.int(),
  /** Of the last attempt; null when nothing answered. */
  statusCode: z.int().nullable(),
  error: z.string().nullable(),
  createdAt: instant,
  nextAttemptAt: instant.nullable(),
  finishedAt: instant.nullable(),
})
export type WebhookDelivery = z.infer<typeof webhookDelivery>
export const webhookDeliveryPage = z.object({ rows: z.array(webhookDelivery), next: z.string().nullable() })
export const webhookDeliveryQuery = z.object({ ...pageQuery.shape })
