import type { NotificationEvent } from '#contract/notification'
import type { WatchKind } from '#contract/device-watch'

/** An event of a device as far as watches look at it. */
export type WatchedEvent = {
  id: number
  kind: string
  severity: 'info' | 'ok' | 'attention' | 'critical'
  summary: string
  to: string | null
  from: string | null
}

export type WatchNews = { event: NotificationEvent; summary: string }

/** A device that was only late was never gone. */
const isReturn = (event: WatchedEvent) =>
  event.kind === 'connectivity' && event.to === 'online' && event.from !== 'late'
const isFailure = (event: WatchedEvent) =>
  (event.kind === 'connectivity' && event.to === 'offline') ||
  (event.severity === 'critical' && ['health', 'os', 'update'].includes(event.kind))
const isStep = (event: WatchedEvent) => isReturn(event) || isFailure(event) || event.kind === 'health'

const sought: Record<WatchKind, { is: (event: WatchedEvent) => boolean; event: NotificationEvent }> = {
  returns: { is: isReturn, event: 'device.returned' },
  fails: { is: isFailure, event: 'device.failed' },
  changes: { is: isStep, event: 'device.changed' },
}

const MOST_TOLD = 3

/** What a watch of this kind tells of these events, oldest first; null: nothing. Pure. */
export function newsOf(kind: WatchKind, events: readonly WatchedEvent[]): WatchNews | null {
  const { is, event } = sought[kind]
  const found = events.filter(is)
  if (found.length === 0) return null
  const told = found.slice(0, MOST_TOLD).map(({ summary }) => summary)
  const more = found.length - told.length
  return { event, summary: `${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}` }
}
