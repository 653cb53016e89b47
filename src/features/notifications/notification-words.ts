import type { NeedsAction, Notification, NotificationEvent } from '#contract/notification'
import { formatNoun } from '@/lib/format'
import type { Tone } from '@/ui/status'

/** How what is told is called and toned, in the order it is offered as a filter. */
export const notificationWords: Record<NotificationEvent, { label: string; tone: Tone }> = {
  'rollout.awaiting-approval': { label: 'Waits for approval', tone: 'attention' },
  'rollout.paused': { label: 'Paused', tone: 'attention' },
  'rollout.rolling-back': { label: 'Rolling back', tone: 'critical' },
  'rollout.rolled-back': { label: 'Rolled back', tone: 'attention' },
  'rollout.completed': { label: 'Completed', tone: 'ok' },
  'rollout.aborted': { label: 'Aborted', tone: 'unknown' },
}

export const needsActionWords: Record<NeedsAction['why'], string> = {
  paused: 'is paused',
  'awaiting-approval': 'waits for approval',
}

export const rolloutPath = (rolloutId: number): string => `/rollouts/${rolloutId}`

/** What a toast or the system says of one. */
export const sentenceOf = ({ fleetName, summary }: Notification): string => `${fleetName}: ${summary}`

export const unseenWords = (count: number): string =>
  count === 0 ? 'No unread notifications' : formatNoun(count, 'unread notification')
