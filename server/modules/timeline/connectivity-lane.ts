import { bandsOf, type BandState, type StateChange } from './bands.ts'
import { apart, type Mark } from './marks.ts'
import { eventsIn, textOf, type StoredEvent, type TimelineSource } from './timeline-events.ts'

const states: Record<string, BandState> = {
  online: { key: 'online', tone: 'ok', label: 'Online', detail: ['It polled in time.'] },
  late: {
    key: 'late',
    tone: 'attention',
    label: 'Late',
    detail: ['It missed its poll: more than one and a half intervals without a word.'],
  },
  offline: { key: 'offline', tone: 'unknown', label: 'Offline', detail: ['Nothing was heard of it.'] },
  never: {
    key: 'never',
    tone: 'unknown',
    label: 'Never heard',
    detail: ['It registered, but had not polled yet.'],
  },
}
export const connectivityOf = (name: string | null): BandState | null =>
  name === null ? null : (states[name] ?? null)

const momentIn = (event: StoredEvent, name: string) => {
  const atMs = Date.parse(textOf(event, name) ?? '')
  return Number.isNaN(atMs) ? null : Math.min(atMs, event.atMs)
}

/** One event as changes of state: it may tell of what began before it was noticed, never of what comes after. */
function changesOf(event: StoredEvent): StateChange[] {
  const to = connectivityOf(textOf(event, 'to'))
  if (to === null) return []
  const lateSince = momentIn(event, 'lateSince')
  const since = to.key === 'offline' ? momentIn(event, 'since') : null
  const change: StateChange = { atMs: since ?? event.atMs, state: to }
  return lateSince === null ? [change] : [{ atMs: lateSince, state: connectivityOf('late') }, change]
}

/** Later news may reach back, but not before the last change that is known to have come after the one it follows. */
function inOrder(changes: readonly StateChange[]): StateChange[] {
  let lastMs = Number.NEGATIVE_INFINITY
  return changes.map((change) => {
    lastMs = Math.max(lastMs, change.atMs)
    return { ...change, atMs: lastMs }
  })
}

/** When it was online, late, offline, or never heard yet. */
export function connectivityLane(source: TimelineSource): Mark[] {
  const { device, fromMs, knownToMs, toMs, nowMs } = source
  const events = eventsIn(source.groups, 'connectivity')
  const before = source.before.filter((event) => event.kind === 'connectivity').at(-1)
  const changes = inOrder(events.flatMap(changesOf))
  const isNow = knownToMs >= nowMs || toMs >= nowMs
  if (isNow && device.connectivity === 'late' && device.connectivityChangedAtMs !== null)
    changes.push({ atMs: device.connectivityChangedAtMs, state: connectivityOf('late') })
  const first = events[0]
  const initial =
    connectivityOf(before ? textOf(before, 'to') : null) ??
    connectivityOf(first ? textOf(first, 'from') : null) ??
    (first === undefined && device.connectivity !== 'late' ? connectivityOf(device.connectivity) : null) ??
    connectivityOf('online')
  const knownFromMs = Math.max(fromMs, Math.min(device.createdAtMs, knownToMs))
  const bands = bandsOf(initial, changes, {
    fromMs: knownFromMs,
    toMs: knownToMs,
    isOpenStart: device.createdAtMs < fromMs,
    isOpenEnd: true,
  })
  return apart(bands, 'changes')
}
