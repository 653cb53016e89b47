import type { HealthCode, HealthReason, PrecedingChange } from '#contract/health'

/** Something stored that may tell of a change: an event of the device, or an audit entry of its fleet. */
export type StoredChange = {
  at: Date
  kind: string
  /** On the device itself, or on its fleet. */
  scope: 'device' | 'fleet'
  actor: string | null
  data: Record<string, unknown>
}

/** A change with the moments from which on it can have had effects, oldest first. */
type Change = Omit<PrecedingChange, 'beforeMs' | 'at'> & {
  moments: number[]
  /** Concerns only this service; null: all of them. */
  service: string | null
}

/** How long before a reason a change is still suspected. */
export const SUSPECT_MS = 30 * 60_000

/** Reasons that changes bring about. Power, storage and clocks fail by themselves. */
const aboutChange: ReadonlySet<HealthCode> = new Set([
  'service-crash-loop',
  'service-not-running',
  'memory-leak',
  'memory-pressure',
  'cpu-temperature',
  'watchdog-reboot',
  'supervisor-restarting',
  'supervisor-hung',
  'flaky-network',
  'offline',
])
export const isAboutChange = (code: HealthCode): boolean => aboutChange.has(code)

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null
/** Reports are at least 10 s apart and come again after failures: so much later a device may tell that a release runs. */
export const TOLD_LATE_MS = 60_000

/**
 * A release arrives over a while, and that it runs may be told after its services have begun to fail. So it has every
 * moment from its download on, provided that it began to be installed; where its arrival is the first that is told of
 * it, shortly after the reason began, it counts as that moment.
 */
function releaseChanges(stored: readonly StoredChange[], sinceMs: number): Change[] {
  const byRelease = new Map<string, StoredChange[]>()
  for (const one of stored) {
    const release = text(one.data['semver'])
    if (one.kind !== 'update' || release === null) continue
    byRelease.set(release, [...(byRelease.get(release) ?? []), one])
  }
  return [...byRelease].flatMap(([release, moments]): Change[] => {
    const arrived = moments.find((one) => one.data['outcome'] === 'succeeded')
    if (!arrived && !moments.some((one) => one.data['step'] === 'applying')) return []
    const from = text(arrived?.data['from'])
    const times = moments.map((one) => one.at.getTime())
    const first = Math.min(...times)
    const isToldLate = arrived?.at.getTime() === first && first > sinceMs && first - sinceMs <= TOLD_LATE_MS
    return [
      {
        kind: 'release',
        summary: `release ${release} arrived${from === null ? '' : ` (before: ${from})`}`,
        actor: null,
        service: null,
        releaseId: moments.map((one) => whole(one.data['releaseId'])).find((found) => found !== null) ?? null,
        variable: null,
        moments: isToldLate ? [sinceMs] : times,
      },
    ]
  })
}

function otherChange(one: StoredChange): Change | null {
  const common = {
    actor: one.actor,
    service: null,
    releaseId: null,
    variable: null,
    moments: [one.at.getTime()],
  }
  switch (one.kind) {
    case 'variable': {
      const verb = one.data['isRemoval'] === true ? 'removed' : 'changed'
      const name = text(one.data['name'])
      if (name === null) return null
      return {
        ...common,
        kind: 'variable',
        summary: `the variable ${name} was ${verb}${one.scope === 'fleet' ? ' for the fleet' : ''}`,
        service: text(one.data['service']),
        variable: { name, scope: one.scope },
      }
    }
    case 'os': {
      const to = text(one.data['version'])
      return to === null ? null : { ...common, kind: 'host-os', summary: `the host OS became ${to}` }
    }
    case 'reboot': {
      const reason = text(one.data['reason']) ?? 'unknown'
      return { ...common, kind: 'reboot', summary: `the device rebooted (${reason})` }
    }
    default:
      return null
  }
}

/**
 * The nearest change before a reason began, at most `SUSPECT_MS` before; null: there was none. Of two at the same moment
 * the more specific wins: release, variable, host OS, reboot. Pure; the order of `stored` does not matter.
 */
export function precedingChange(
  reason: Pick<HealthReason, 'code' | 'service' | 'since'>,
  stored: readonly StoredChange[],
): PrecedingChange | null {
  if (!isAboutChange(reason.code)) return null
  const sinceMs = Date.parse(reason.since)
  const order = ['release', 'variable', 'host-os', 'reboot']
  const changes = [...releaseChanges(stored, sinceMs), ...stored.flatMap((one) => otherChange(one) ?? [])]
  const [nearest] = changes
    .filter(
      (change) =>
        change.service === null || reason.service === undefined || change.service === reason.service,
    )
    .flatMap(({ moments, service: _service, ...change }) => {
      const atMs = Math.max(...moments.filter((moment) => moment <= sinceMs))
      return sinceMs - atMs <= SUSPECT_MS ? [{ change, atMs }] : []
    })
    .sort((a, b) => b.atMs - a.atMs || order.indexOf(a.change.kind) - order.indexOf(b.change.kind))
  if (!nearest) return null
  return {
    ...nearest.change,
    at: new Date(nearest.atMs).toISOString(),
    beforeMs: sinceMs - nearest.atMs,
  }
}
