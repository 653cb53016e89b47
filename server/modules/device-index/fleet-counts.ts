import type { Connectivity, UpdateState } from '#contract/device'
import { healthCode, type Health, type HealthCode } from '#contract/health'
import type { IndexView } from './device-index.service.ts'
import { compare } from './dictionary.ts'
import type { LastHour } from './recent-events.ts'

const TOP_REASONS = 5
const updating = ['downloading', 'downloaded', 'applying'] as const satisfies readonly UpdateState[]

/** What a fleet's summary counts. */
export type FleetCounts = Record<Connectivity | Health | 'total' | 'updating', number> & {
  /** The most frequent first. */
  reasons: { code: HealthCode; severity: string; count: number }[]
  /** By the release that runs, null for none; the most frequent first, newer before older. */
  releases: { id: number | null; count: number }[]
  lastHour: LastHour
}

export function fleetCountsOf({ columns, events }: IndexView, fleetId: number, nowMs: number): FleetCounts {
  const tally = columns.tallyOf(fleetId)
  const { parts } = tally
  const { dictionaries } = columns
  const connectivity = (state: Connectivity) =>
    parts.connectivity.get(dictionaries.connectivity.find(state) ?? -1) ?? 0
  const health = (state: Health) => parts.health.get(dictionaries.health.find(state) ?? -1) ?? 0
  const reasons = [...parts.reason].flatMap(([key, count]) => {
    const { data: code } = healthCode.safeParse(dictionaries.reason.valueOf(key))
    return code === undefined ? [] : [{ code, severity: columns.severityOf(tally, code), count }]
  })
  const releases = [...parts.release].map(([key, count]) => ({
    id: dictionaries.release.valueOf(key) || null,
    count,
  }))
  return {
    total: tally.total,
    online: connectivity('online'),
    late: connectivity('late'),
    offline: connectivity('offline'),
    never: connectivity('never'),
    critical: health('critical'),
    attention: health('attention'),
    unknown: health('unknown'),
    ok: health('ok'),
    updating: updating.reduce(
      (sum, state) => sum + (parts.update.get(dictionaries.update.find(state) ?? -1) ?? 0),
      0,
    ),
    reasons: reasons.sort((a, b) => b.count - a.count || compare(a.code, b.code)).slice(0, TOP_REASONS),
    releases: releases.sort((a, b) => b.count - a.count || (b.id ?? 0) - (a.id ?? 0)),
    lastHour: events.lastHour(fleetId, nowMs),
  }
}
