import type { HealthReason } from '#contract/health'
import { reservedTags } from '#contract/device-protocol'
import type { DeviceEventInput, DeviceState, ServiceRow } from './device-state.ts'
import { counterOf } from './report-merge.ts'

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
  if (after.connectivity !== 'online') return []
  if (before.connectivity === 'late') {
    const sinceMs = before.connectivityChangedAtMs ?? nowMs
    return [
      {
        kind: 'connectivity',
        layer: 'supervisor',
        severity: 'info',
        summary: `Heard again, ${span(nowMs - sinceMs)} late`,
        data: { to: 'online', from: 'late', lateSince: new Date(sinceMs).toISOString() },
      },
    ]
  }
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

/** What the device said of the bytes of its update to this release, if it did. */
function bytesOf(state: DeviceState, commit: string | undefined): Record<string, unknown> {
  const { facts } = state
  if (commit === undefined || facts[reservedTags.updateCommit] !== commit) return {}
  return {
    bytes: counterOf(facts[reservedTags.updateBytes]),
    fullBytes: counterOf(facts[reservedTags.updateFullBytes]),
    mode: facts[reservedTags.updateMode] ?? null,
  }
}

function updateEvents(before: DeviceState, after: DeviceState): DeviceEventInput[] {
  const events: DeviceEventInput[] = []
  if (before.currentReleaseId !== after.currentReleaseId && after.current !== null) {
    const { id, semver, commit } = after.current
    const former = before.current?.semver
    events.push({
      kind: 'update',
      layer: null,
      severity: 'ok',
      summary: `Runs ${semver}${former === undefined ? '' : `, was ${former}`}`,
      data: {
        step: 'done',
        outcome: 'succeeded',
        releaseId: id,
        semver,
        from: former ?? null,
        ...bytesOf(after, commit),
      },
    })
  }
  if (before.updateState === after.updateState) return events
  const target = after.target?.semver ?? 'its release'
  const data = {
    step: after.updateState,
    releaseId: after.target?.id ?? null,
    semver: after.target?.semver ?? null,
    ...bytesOf(after, after.target?.commit),
  }
  const word = words[after.updateState]
  if (word !== undefined)
    events.push({ kind: 'update', layer: null, severity: 'info', summary: `${word} ${target}`, data })
  if (after.updateState === 'rejected' || after.updateState === 'aborted') {
    events.push({
      kind: 'update',
      layer: null,
      severity: 'critical',
      summary: `Update to ${target} was ${after.updateState}`,
      data: { ...data, outcome: 'failed' },
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
      data: { version: after.osVersion, from: before.osVersion },
    })
  }
  const phase = after.facts[reservedTags.osPhase]
  if (phase !== undefined && phase !== before.facts[reservedTags.osPhase] && phase !== 'idle') {
    events.push({
      kind: 'os',
      layer: 'host-os',
      severity: 'info',
      summary: `Host OS update: ${phase}`,
      data: { phase },
    })
  }
  const rollback = after.memory.osRollback
  if (rollback && rollback.at !== before.memory.osRollback?.at) {
    events.push({
      kind: 'os',
      layer: 'host-os',
      severity: 'critical',
      summary: `Host OS update rolled back: ${rollback.detail}`,
      data: { phase: 'rolled-back', detail: rollback.detail },
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
      data: { reason: reboot.reason, bootAt: after.facts[reservedTags.bootAt] ?? null },
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
        data: { service, times, exitCode: exit ?? null },
      },
    ]
  })
}

/** What a supervisor calls a container that does its work. */
const runningStatuses = new Set(['Running', 'Handing over', 'Awaiting handover'])
const stoppedStatuses = new Set(['exited', 'Stopped', 'Stopping', 'Dead', 'removing', 'paused'])

/** Whether each service runs; what is neither (downloading, restarting …) says nothing new of it. */
function runningOf(rows: readonly ServiceRow[]): Map<string, boolean> {
  const running = new Map<string, boolean>()
  for (const { name, status } of rows) {
    if (runningStatuses.has(status)) running.set(name, true)
    else if (stoppedStatuses.has(status) && !running.has(name)) running.set(name, false)
  }
  return running
}

const RESTARTING_MS = 10 * MINUTE_MS

/** Starts and stops of services. Of one that was restarted lately its restarts tell enough. */
function lifecycleEvents(before: DeviceState, after: DeviceState, nowMs: number): DeviceEventInput[] {
  const [was, is] = [runningOf(before.services), runningOf(after.services)]
  const gone = [...was].filter(([name]) => !after.services.some((row) => row.name === name))
  const exitOf = (name: string) => after.services.find((row) => row.name === name)?.lastExitCode ?? null
  return [...is, ...gone.map(([name]): [string, boolean] => [name, false])].flatMap(
    ([service, runs]): DeviceEventInput[] => {
      if ((was.get(service) ?? false) === runs) return []
      const restartedAt = after.memory.restarts?.[service]?.at(-1)
      if (restartedAt !== undefined && nowMs - Date.parse(restartedAt) < RESTARTING_MS) return []
      const summary = runs ? `${service} runs` : `${service} ${is.has(service) ? 'stopped' : 'was removed'}`
      const exitCode = runs ? null : exitOf(service)
      return [
        {
          kind: 'service',
          layer: 'service',
          severity: 'info',
          summary,
          data: { service, change: runs ? 'started' : 'stopped', exitCode },
        },
      ]
    },
  )
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
  ...lifecycleEvents(before, after, nowMs),
  ...healthEvents(before, after),
]
