import type { HealthReason } from '#contract/health'
import { reservedTags } from '#contract/device-protocol'
import type { DeviceEventInput, DeviceState } from './device-state.ts'

const keyOf = (reason: HealthReason) => `${reason.code}/${reason.service ?? ''}`
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A span in the unit in which people would say it. */
function span(ms: number): string {
  if (ms < 1.5 * MINUTE_MS) return `${Math.round(ms / 1000)} s`
  if (ms < 1.5 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return ms < 48 * HOUR_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / (24 * HOUR_MS))} days`
}

function connectivityEvents(before: DeviceState, after: DeviceState, nowMs: number): DeviceEventInput[] {
  if (before.connectivity === after.connectivity) return []
  if (after.connectivity === 'offline') {
    const sinceMs = after.connectivityChangedAtMs ?? nowMs
    return [
      {
        kind: 'connectivity',
        layer: 'supervisor',
        severity: 'attention',
        summary: `Went offline: not heard for ${span(nowMs - sinceMs)}`,
        data: { to: 'offline', since: new Date(sinceMs).toISOString() },
      },
    ]
  }
  if (after.connectivity !== 'online' || before.connectivity === 'late') return []
  if (before.connectivity === 'never')
    return [
      {
        kind: 'connectivity',
        layer: 'supervisor',
        severity: 'ok',
        summary: 'Came online for the first time',
        data: { to: 'online', from: 'never' },
      },
    ]
  const away =
    before.connectivityChangedAtMs === null ? '' : ` after ${span(nowMs - before.connectivityChangedAtMs)}`
  return [
    {
      kind: 'connectivity',
      layer: 'supervisor',
      severity: 'ok',
      summary: `Came back online${away}`,
      data: { to: 'online', from: 'offline' },
    },
  ]
}

const words: Partial<Record<DeviceState['updateState'], string>> = {
  downloading: 'Began to download',
  downloaded: 'Downloaded',
  applying: 'Installs',
}

function updateEvents(before: DeviceState, after: DeviceState): DeviceEventInput[] {
  const events: DeviceEventInput[] = []
  const target = after.target?.semver ?? 'its release'
  if (before.currentReleaseId !== after.currentReleaseId && after.current !== null) {
    const from = before.current === null ? '' : `, was ${before.current.semver}`
    events.push({
      kind: 'update',
      layer: null,
      severity: 'ok',
      summary: `Runs ${after.current.semver}${from}`,
      data: { outcome: 'succeeded', releaseId: after.current.id },
    })
  }
  if (before.updateState === after.updateState) return events
  const word = words[after.updateState]
  if (word !== undefined)
    events.push({ kind: 'update', layer: null, severity: 'info', summary: `${word} ${target}` })
  if (after.updateState === 'rejected' || after.updateState === 'aborted') {
    events.push({
      kind: 'update',
      layer: null,
      severity: 'critical',
      summary: `Update to ${target} was ${after.updateState}`,
      data: { outcome: 'failed' },
    })
  }
  return events
}

function osEvents(before: DeviceState, after: DeviceState): DeviceEventInput[] {
  const events: DeviceEventInput[] = []
  if (before.osVersion !== null && after.osVersion !== null && before.osVersion !== after.osVersion) {
    events.push({
      kind: 'os',
      layer: 'host-os',
      severity: 'ok',
      summary: `Host OS is ${after.osVersion}, was ${before.osVersion}`,
    })
  }
  const phase = after.facts[reservedTags.osPhase]
  if (phase !== undefined && phase !== before.facts[reservedTags.osPhase] && phase !== 'idle') {
    events.push({ kind: 'os', layer: 'host-os', severity: 'info', summary: `Host OS update: ${phase}` })
  }
  const rollback = after.memory.osRollback
  if (rollback && rollback.at !== before.memory.osRollback?.at) {
    events.push({
      kind: 'os',
      layer: 'host-os',
      severity: 'critical',
      summary: `Host OS update rolled back: ${rollback.detail}`,
    })
  }
  const reboot = after.memory.lastReboot
  if (reboot && reboot.at !== before.memory.lastReboot?.at) {
    const isAsked = reboot.reason === 'requested'
    events.push({
      kind: 'reboot',
      layer: 'host-os',
      severity: isAsked ? 'info' : 'attention',
      summary: isAsked ? 'Rebooted as asked' : `Rebooted: ${reboot.reason}`,
    })
  }
  return events
}

function serviceEvents(before: DeviceState, after: DeviceState): DeviceEventInput[] {
  return Object.entries(after.memory.restarts ?? {}).flatMap(([service, restarts]): DeviceEventInput[] => {
    const last = restarts.at(-1)
    if (last === undefined || last === before.memory.restarts?.[service]?.at(-1)) return []
    const times = restarts.filter((at) => at === last).length
    const exit = after.services.find((known) => known.name === service)?.lastExitCode
    const code = exit === undefined || exit === null ? '' : ` with exit code ${exit}`
    return [
      {
        kind: 'service',
        layer: 'service',
        severity: 'attention',
        summary: `${service} exited${code} and was restarted${times === 1 ? '' : ` ${times} times`}`,
        data: { service },
      },
    ]
  })
}

function healthEvents(before: DeviceState, after: DeviceState): DeviceEventInput[] {
  const had = new Set(before.reasons.map(keyOf))
  const has = new Set(after.reasons.map(keyOf))
  // Connectivity has events of its own.
  const isOwn = (reason: HealthReason) => !['offline', 'late', 'never-seen'].includes(reason.code)
  const came = after.reasons.filter((reason) => isOwn(reason) && !had.has(keyOf(reason)))
  const went = before.reasons.filter((reason) => isOwn(reason) && !has.has(keyOf(reason)))
  return [
    ...came.map((reason): DeviceEventInput => ({
      kind: 'health',
      layer: reason.layer,
      severity: reason.severity === 'unknown' ? 'info' : reason.severity,
      summary: reason.evidence,
      data: { code: reason.code, service: reason.service ?? null, change: 'worse' },
    })),
    ...went.map((reason): DeviceEventInput => ({
      kind: 'health',
      layer: reason.layer,
      severity: 'ok',
      summary: `No longer: ${reason.evidence}`,
      data: { code: reason.code, service: reason.service ?? null, change: 'better' },
    })),
  ]
}

/** What a person would tell of the step from `before` to `after`; pure. */
export const eventsOf = (before: DeviceState, after: DeviceState, nowMs: number): DeviceEventInput[] => [
  ...connectivityEvents(before, after, nowMs),
  ...updateEvents(before, after),
  ...osEvents(before, after),
  ...serviceEvents(before, after),
  ...healthEvents(before, after),
]
