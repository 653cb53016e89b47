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
  'device.returned': { label: 'Device returned', tone: 'ok' },
  'device.failed': { label: 'Device failed', tone: 'critical' },
  'device.changed': { label: 'Device changed', tone: 'attention' },
}

export const needsActionWords: Record<NeedsAction['why'], string> = {
  paused: 'is paused',
  'awaiting-approval': 'waits for approval',
}

export const rolloutPath = (rolloutId: number): string => `/rollouts/${rolloutId}`

type About = Pick<Notification, 'rolloutId' | 'device'>

/** The page of what it is about. */
export const pathOf = ({ rolloutId, device }: About): string =>
  rolloutId !== null ? rolloutPath(rolloutId) : device === null ? '/notifications' : `/devices/${device.uuid}`

/** What it is about, as `rollout 7` or the name of a device. */
export const subjectOf = ({ rolloutId, device }: About): string =>
  rolloutId === null ? (device?.name ?? 'a device') : `rollout ${rolloutId}`

/** What a toast or the system says of one. */
export const sentenceOf = ({ fleetName, device, summary }: Notification): string =>
  `${device?.name ?? fleetName}: ${summary}`

export const unseenWords = (count: number): string =>
  count === 0 ? 'No unread notifications' : formatNoun(count, 'unread notification')
