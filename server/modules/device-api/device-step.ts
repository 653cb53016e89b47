import { isReservedTag, lateAfterMs, reservedTags, type DeviceReport } from '#contract/device-protocol'
import type { Connectivity } from '#contract/device'
import type { DeviceState, Judge } from './device-state.ts'
import { clip } from '../../platform/db/storable-text.ts'
import { followMemory, forgetGap, forgetLock, noteGap, noteLock } from './health-memory.ts'
import { counterOf, mergeApps, mergeFields, type KnownReleases } from './report-merge.ts'

/** One thing that a device said or that the clock brought. `keyHash`: of the key it was said with, which must be its own. */
export type DeviceInput = DeviceNews & { deviceId: number; keyHash?: string }
type DeviceNews =
  | { kind: 'poll'; pollIntervalMs: number; publicAddress: string | null }
  | { kind: 'report'; report: DeviceReport }
  /** Its own backend, which hears its polls, says how it is doing and since when; no time of ours changes it then. */
  | {
      kind: 'heartbeat'
      connectivity: Connectivity
      changedAtMs: number | null
      publicAddress: string | null
    }
  | { kind: 'tags'; tags: Record<string, string> }
  | { kind: 'service-exit'; services: string[] }
  | { kind: 'clock-skew'; skewMs: number }
  /** The device says in its log that a lock holds its update back, or that it took the locks. */
  | { kind: 'update-lock'; detail: string | null }
  /** `lastLineAtMs`: its newest log line, where one was looked for. */
  | { kind: 'check'; lastLineAtMs?: number | null }

export type StepContext = {
  nowMs: number
  /** When this gateway began to listen, or its clock was set last: before that nobody could have been heard. */
  startedAtMs: number
  releases: KnownReleases
  judge: Judge
}

/** Upstream: so long after it was `late` (device-protocol section 4). */
const OFFLINE_AFTER_LATE_MS = 15_000
const MAX_RESTARTS_KEPT = 50
const MAX_TAGS = 100

const silence = { never: 0, online: 0, late: 1, offline: 2 }

function stepConnectivity(state: DeviceState, context: StepContext): DeviceState {
  if (state.lastPollAtMs === null) return state
  const heardFrom = Math.max(state.lastPollAtMs, context.startedAtMs)
  const lateAt = heardFrom + lateAfterMs(state.pollIntervalMs)
  const offlineAt = lateAt + OFFLINE_AFTER_LATE_MS
  const due = context.nowMs >= offlineAt ? 'offline' : context.nowMs >= lateAt ? 'late' : 'online'
  // Silence only makes it worse: after a restart of the gateway the grace is no sign of life.
  if (silence[due] <= silence[state.connectivity]) return state
  const connectivity = due
  // It was last heard at its poll: that is since when it is away, not since we noticed.
  const changedAtMs = connectivity === 'offline' ? state.lastPollAtMs : context.nowMs
  return { ...state, connectivity, connectivityChangedAtMs: changedAtMs }
}

function stepHeartbeat(
  state: DeviceState,
  { connectivity, changedAtMs, publicAddress }: Extract<DeviceNews, { kind: 'heartbeat' }>,
  nowMs: number,
): DeviceState {
  const isSame = connectivity === state.connectivity && state.connectivityChangedAtMs !== null
  const sinceMs = isSame ? state.connectivityChangedAtMs : (changedAtMs ?? nowMs)
  return {
    ...state,
    connectivity,
    connectivityChangedAtMs: connectivity === 'never' ? null : sinceMs,
    // Its report may be old: when it went silent is when it was heard last.
    lastSeenAtMs: connectivity === 'online' ? nowMs : connectivity === 'never' ? null : sinceMs,
    publicAddress: publicAddress ?? state.publicAddress,
  }
}

function rememberRestarts(state: DeviceState, service: string, count: number, nowMs: number): DeviceState {
  const at = Array.from({ length: Math.min(count, MAX_RESTARTS_KEPT) }, () => new Date(nowMs).toISOString())
  const kept = [...(state.memory.restarts?.[service] ?? []), ...at].slice(-MAX_RESTARTS_KEPT)
  return { ...state, memory: { ...state.memory, restarts: { ...state.memory.restarts, [service]: kept } } }
}

/** Facts told by tags that health needs over time: restart counters, reboots, rollbacks. */
function rememberFacts(
  state: DeviceState,
  told: Record<string, string>,
  before: Record<string, string>,
  nowMs: number,
): DeviceState {
  let next = state
  const at = new Date(nowMs).toISOString()
  for (const [key, value] of Object.entries(told)) {
    const service = /^service\.(.+)\.restarts$/.exec(key)?.[1]
    const count = counterOf(value)
    const earlier = counterOf(before[key])
    if (service !== undefined && count !== null) {
      // The first telling counts from zero; a counter that shrank began anew with its container.
      const grown = count - (earlier === null || count < earlier ? 0 : earlier)
      if (grown > 0) next = rememberRestarts(next, service, grown, nowMs)
    }
    if (key === reservedTags.bootAt && before[key] !== undefined && value !== before[key]) {
      next = {
        ...next,
        memory: {
          ...forgetGap(next.memory, nowMs),
          lastReboot: {
            at,
            reason: told[reservedTags.bootReason] ?? before[reservedTags.bootReason] ?? 'unknown',
          },
        },
      }
    }
    if (key === reservedTags.osRollback && value !== before[key]) {
      const { osRollback: _gone, ...memory } = next.memory
      next = {
        ...next,
        memory: value === '' ? memory : { ...memory, osRollback: { at, detail: clip(value, 200) } },
      }
    }
    if (key === reservedTags.supervisorRestarts && count !== null && earlier !== null && count > earlier) {
      next = {
        ...next,
        memory: {
          ...next.memory,
          supervisorRestarts: [...(next.memory.supervisorRestarts ?? []), at].slice(-MAX_RESTARTS_KEPT),
        },
      }
    }
  }
  return next
}

function stepTags(state: DeviceState, tags: Record<string, string>, nowMs: number): DeviceState {
  const told = Object.fromEntries(Object.entries(tags).filter(([key]) => isReservedTag(key)))
  const labels = Object.fromEntries(Object.entries(tags).filter(([key]) => !isReservedTag(key)))
  const facts = Object.fromEntries(Object.entries({ ...state.facts, ...told }).slice(0, MAX_TAGS))
  const next = {
    ...state,
    facts,
    tags: Object.fromEntries(Object.entries({ ...state.tags, ...labels }).slice(0, MAX_TAGS)),
    services: state.services.map((service) => ({
      ...service,
      restarts: counterOf(facts[`service.${service.name}.restarts`]) ?? service.restarts,
      lastExitCode: counterOf(facts[`service.${service.name}.exit-code`]) ?? service.lastExitCode,
    })),
    lastSeenAtMs: nowMs,
  }
  return rememberFacts(next, told, state.facts, nowMs)
}

function stepExits(state: DeviceState, services: readonly string[], nowMs: number): DeviceState {
  let next = state
  for (const service of services) {
    // A device that counts its restarts itself must not be counted twice.
    if (state.facts[`service.${service}.restarts`] !== undefined) continue
    if (!state.services.some((known) => known.name === service)) continue
    next = rememberRestarts(next, service, 1, nowMs)
  }
  return next
}

const noteLine = (state: DeviceState, lineAtMs: number | null | undefined): DeviceState =>
  lineAtMs === undefined || lineAtMs === null
    ? state
    : { ...state, memory: { ...state.memory, lastLineAt: new Date(lineAtMs).toISOString() } }

function apply(state: DeviceState, input: DeviceInput, context: StepContext): DeviceState {
  const { nowMs } = context
  switch (input.kind) {
    case 'poll': {
      const changedAtMs = state.connectivity === 'online' ? state.connectivityChangedAtMs : nowMs
      return {
        ...state,
        memory: noteGap(state, nowMs, context.startedAtMs),
        lastPollAtMs: nowMs,
        lastSeenAtMs: nowMs,
        connectivity: 'online',
        connectivityChangedAtMs: changedAtMs,
        pollIntervalMs: input.pollIntervalMs,
        publicAddress: input.publicAddress ?? state.publicAddress,
      }
    }
    case 'heartbeat':
      return stepHeartbeat(state, input, nowMs)
    case 'report': {
      const fields = mergeFields(state, input.report, nowMs)
      const merged =
        input.report.apps === undefined
          ? fields
          : mergeApps(fields, input.report.apps, context.releases, nowMs)
      const followed = input.report.memory_usage === undefined ? merged.memory : followMemory(merged, nowMs)
      return { ...merged, memory: merged.updateState === 'idle' ? forgetLock(followed) : followed }
    }
    case 'tags':
      return stepTags(state, input.tags, nowMs)
    case 'service-exit':
      return stepExits(state, input.services, nowMs)
    case 'clock-skew':
      return { ...state, clockSkewMs: input.skewMs }
    case 'update-lock':
      return {
        ...state,
        memory: input.detail === null ? forgetLock(state.memory) : noteLock(state, input.detail, nowMs),
      }
    case 'check':
      return stepConnectivity(noteLine(state, input.lastLineAtMs), context)
  }
}

/** When this device must be looked at though it says nothing. */
function nextCheckOf(state: DeviceState, judgedAtMs: number | null, context: StepContext): number | null {
  const moments = judgedAtMs === null ? [] : [judgedAtMs]
  if (state.lastPollAtMs !== null && state.connectivity !== 'offline') {
    const lateAt = Math.max(state.lastPollAtMs, context.startedAtMs) + lateAfterMs(state.pollIntervalMs)
    moments.push(state.connectivity === 'late' ? lateAt + OFFLINE_AFTER_LATE_MS : lateAt)
  }
  return moments.length === 0 ? null : Math.min(...moments)
}

/**
 * Since when an online device could be heard. What stays away counts from when this gateway began to listen, but for what
 * stayed away before: a start is no sign of life.
 */
function heardSince(state: DeviceState, startedAtMs: number): number | null {
  const { connectivity, connectivityChangedAtMs: changedAtMs } = state
  const isAwaited = state.reasons.some(({ code }) => code === 'supervisor-hung' || code === 'update-stuck')
  return connectivity !== 'online' || isAwaited ? changedAtMs : Math.max(changedAtMs ?? 0, startedAtMs)
}

/** Feeds inputs to one device in their order and judges it once; answers its new state. Pure. */
export function stepDevice(
  state: DeviceState,
  inputs: readonly DeviceInput[],
  context: StepContext,
): DeviceState {
  const moved = inputs.reduce((current, input) => apply(current, input, context), state)
  const judged = context.judge(
    {
      ...moved,
      connectivityChangedAtMs: heardSince(moved, context.startedAtMs),
      services: moved.services.filter((service) => !moved.stopped.includes(service.name)),
    },
    context.nowMs,
  )
  return {
    ...moved,
    health: judged.health,
    reasons: judged.reasons.length + state.reasons.length === 0 ? state.reasons : judged.reasons,
    nextCheckAtMs: nextCheckOf(moved, judged.nextCheckAtMs, context),
  }
}
