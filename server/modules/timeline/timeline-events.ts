import type { HealthReason } from '#contract/health'

/** An event as stored, with its moment in ms by the clock of the gateway. */
export type StoredEvent = {
  atMs: number
  kind: string
  severity: 'info' | 'ok' | 'attention' | 'critical'
  summary: string
  actor: string | null
  data: Record<string, unknown>
}

/**
 * Events of one kind and key (a service, a reason, a step …) that lie so close together that the range cannot tell them
 * apart: the first, the last, how many, and for restarts how many in all.
 */
export type EventGroup = { first: StoredEvent; last: StoredEvent; count: number; times: number }

export type TimelineAction = {
  kind: string
  serviceName: string | null
  state: string
  message: string | null
  createdBy: string
  createdAtMs: number
  finishedAtMs: number | null
}

/** What is known of the device now. */
export type TimelineDevice = {
  id: number
  fleetId: number
  createdAtMs: number
  connectivity: string
  connectivityChangedAtMs: number | null
  release: string | null
  osVersion: string | null
  updateState: string
  reasons: HealthReason[]
  facts: Record<string, string>
  services: { name: string; isRunning: boolean }[]
}

/** All that a timeline is built from. `before`: the last events of each kind before the range, oldest first. */
export type TimelineSource = {
  device: TimelineDevice
  before: StoredEvent[]
  groups: EventGroup[]
  actions: TimelineAction[]
  /** The range, and the moment up to which things are known: its end, or now where it reaches into the future. */
  fromMs: number
  toMs: number
  knownToMs: number
  nowMs: number
}

export const textOf = (event: StoredEvent, name: string): string | null => {
  const value = event.data[name]
  return typeof value === 'string' && value !== '' ? value : null
}
export const numberOf = (event: StoredEvent, name: string): number | null => {
  const value = event.data[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** The events of these groups one by one, as far as they were kept apart, in order. */
export const eventsIn = (groups: readonly EventGroup[], kind: string): StoredEvent[] =>
  groups
    .filter((group) => group.first.kind === kind)
    .flatMap((group) => (group.count > 1 ? [group.first, group.last] : [group.first]))
    .sort((a, b) => a.atMs - b.atMs)
