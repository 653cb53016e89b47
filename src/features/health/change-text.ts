import type { ExplainedReason, PrecedingChange } from '#contract/health'
import { formatDuration } from '@/lib/time'

const AT_ONCE_MS = 1_000
const AROUND_MS = 5 * 60_000

/** How long after a change a reason began: `12 s`, `less than a second`. */
export const laterText = ({ beforeMs }: PrecedingChange): string =>
  beforeMs < AT_ONCE_MS ? 'less than a second' : formatDuration(beforeMs)

/** `from=…&to=…` of the minutes around an instant. */
export function around(instant: string, aroundMs: number): string {
  const atMs = Date.parse(instant)
  return new URLSearchParams({
    from: new Date(atMs - aroundMs).toISOString(),
    to: new Date(atMs + aroundMs).toISOString(),
  }).toString()
}

/** Where a change can be looked at: its release, the variables it is one of, or the timeline around it. */
export function changePath(change: PrecedingChange, device: { uuid: string; fleetId: number }): string {
  if (change.releaseId !== null) return `/releases/${change.releaseId}`
  if (change.variable?.scope === 'fleet') return `/fleets/${device.fleetId}/settings`
  if (change.variable) return `/devices/${device.uuid}/variables`
  return `/devices/${device.uuid}/timeline?${around(change.at, AROUND_MS)}`
}

/** The entries of the audit log about a change that people make; null: it is not in there. */
export const auditPath = ({ variable }: PrecedingChange): string | null =>
  variable === null ? null : `/audit?q=${encodeURIComponent(`variable ${variable.name}`)}`

/** Whose the limits of a rule are. */
export function whoseLimits({ limits }: Pick<ExplainedReason, 'limits'>): string {
  if (limits.length === 0) return 'The same for every fleet.'
  if (limits.every((limit) => limit.isDefault)) return 'Default limits.'
  return limits.every((limit) => !limit.isDefault) ? 'Limits of this fleet.' : 'In part limits of this fleet.'
}
