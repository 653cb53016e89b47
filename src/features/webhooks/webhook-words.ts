import { webhookEvents, type DeliveryEvent, type DeliveryState, type Webhook } from '#contract/webhook'
import { formatCount } from '@/lib/format'
import type { Tone } from '@/ui/status'

export const eventWords: Record<DeliveryEvent, string> = {
  'rollout.started': 'Rollout started',
  'rollout.paused': 'Rollout paused',
  'rollout.resumed': 'Rollout resumed',
  'rollout.awaiting-approval': 'Rollout waits for approval',
  'rollout.rolling-back': 'Rollout goes back',
  'rollout.rolled-back': 'Rollout is back',
  'rollout.completed': 'Rollout completed',
  'rollout.aborted': 'Rollout aborted',
  'webhook.test': 'Test',
}

export const deliveryWords: Record<DeliveryState, { label: string; tone: Tone }> = {
  waiting: { label: 'Waiting', tone: 'updating' },
  delivered: { label: 'Delivered', tone: 'ok' },
  failed: { label: 'Failed', tone: 'critical' },
}

/** Which events a webhook hears, in a few words. */
export function eventsSummary({ events }: Pick<Webhook, 'events'>): string {
  if (events.length === webhookEvents.length) return 'Every event'
  const [only] = events
  return events.length === 1 && only ? eventWords[only] : `${formatCount(events.length)} events`
}

export const fleetSummary = ({ fleetName }: Pick<Webhook, 'fleetName'>): string => fleetName ?? 'Every fleet'
