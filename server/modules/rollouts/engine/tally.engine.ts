import { rolloutDeviceStates, type RolloutDeviceState } from '#contract/rollout'
import { isAway, isTerminal, type MemberRecord, type Observation } from './member.engine.ts'

/**
 * As what a device is counted in its phase's tally. It is stored with the device, so that a step takes back exactly
 * what it had counted before: tallies are kept, never counted anew, and devices that are silent cost nothing.
 */
export type MemberMarks = {
  state: RolloutDeviceState
  isOffered: boolean
  /** It has the release on it, well or not: the sample of what is compared with the control group. */
  isUpdated: boolean
  /** Heard when the rollout began (or when it was offered), and not heard now. */
  isSilent: boolean
  /** Not heard since before the rollout began: it tells nothing about anything. */
  isAbsent: boolean
  /** Health reasons that are new since it was offered, or since the rollout began where it was not. */
  reasons: readonly string[]
  /** Services that crash-loop since then. */
  crashing: readonly string[]
}

/** Counts of one group: the devices that were offered the release, or those that were not touched. */
export type GroupTally = {
  total: number
  silent: number
  /** Devices that can be compared: touched ones that have the release, untouched ones that could be heard. */
  compared: number
  /** New health reasons of the compared ones. */
  reasons: Record<string, number>
  /** Compared devices by device type, and on how many of them which service crash-loops. */
  types: Record<string, { compared: number; crashing: Record<string, number> }>
}
export type PhaseTally = {
  total: number
  states: Record<RolloutDeviceState, number>
  types: Record<string, number>
  touched: GroupTally
  untouched: GroupTally
}

export const CRASH_LOOP = 'service-crash-loop'
/** Reasons that an update itself brings about, or that gates look at by themselves. */
const NOT_COMPARED = new Set([
  'offline',
  'late',
  'never-seen',
  'service-wrong-release',
  'update-stuck',
  CRASH_LOOP,
])

const emptyGroup = (): GroupTally => ({ total: 0, silent: 0, compared: 0, reasons: {}, types: {} })
export const emptyTally = (): PhaseTally => ({
  total: 0,
  states: Object.fromEntries(rolloutDeviceStates.map((state) => [state, 0])) as Record<
    RolloutDeviceState,
    number
  >,
  types: {},
  touched: emptyGroup(),
  untouched: emptyGroup(),
})

/** As what a device counts, from its state and what was last heard of it. `offeredAtMs`: its first offer. */
export function marksOf(
  record: MemberRecord,
  offeredAtMs: number | null,
  seen: Observation,
  startedAtMs: number,
): MemberMarks {
  const isOffered = offeredAtMs !== null
  const sinceMs = offeredAtMs ?? startedAtMs
  const fresh = seen.troubles.filter((trouble) => trouble.sinceMs >= sinceMs)
  const isOut = record.state === 'skipped' || record.state === 'rolled-back'
  const awaySinceMs = isAway(seen.connectivity) ? (seen.offlineSinceMs ?? startedAtMs) : null
  return {
    state: record.state,
    isOffered,
    isUpdated:
      isOffered &&
      !isOut &&
      (seen.progress === 'arrived' ||
        seen.progress === 'on-trial' ||
        record.state === 'succeeded' ||
        record.state === 'failed'),
    isSilent: !isOut && awaySinceMs !== null && (isOffered || awaySinceMs >= startedAtMs),
    isAbsent: !isOffered && awaySinceMs !== null && awaySinceMs < startedAtMs,
    reasons: [...new Set(fresh.map((trouble) => trouble.code))]
      .filter((code) => !NOT_COMPARED.has(code))
      .sort(),
    crashing: [
      ...new Set(
        fresh.flatMap((one) => (one.code === CRASH_LOOP && one.service !== null ? [one.service] : [])),
      ),
    ].sort(),
  }
}

function add(counts: Record<string, number>, key: string, by: 1 | -1): void {
  const next = (counts[key] ?? 0) + by
  if (next === 0) Reflect.deleteProperty(counts, key)
  else counts[key] = next
}

/** Counts a device in (1) or out (-1) of a tally, in place. */
export function count(tally: PhaseTally, deviceType: string, marks: MemberMarks, by: 1 | -1): void {
  tally.total += by
  tally.states[marks.state] += by
  add(tally.types, deviceType, by)
  // Skipped devices that were never touched stand for nothing: they are pinned, unfit, or run the release already.
  if (!marks.isOffered && marks.state === 'skipped') return
  const group = marks.isOffered ? tally.touched : tally.untouched
  group.total += by
  if (marks.isSilent) group.silent += by
  if (marks.isOffered ? !marks.isUpdated : marks.isAbsent) return
  group.compared += by
  for (const code of marks.reasons) add(group.reasons, code, by)
  const type = (group.types[deviceType] ??= { compared: 0, crashing: {} })
  type.compared += by
  for (const service of marks.crashing) add(type.crashing, service, by)
  if (type.compared === 0) Reflect.deleteProperty(group.types, deviceType)
}

/** The tally of these devices, counted anew. */
export function tallyOf(members: readonly { deviceType: string; marks: MemberMarks }[]): PhaseTally {
  const tally = emptyTally()
  for (const member of members) count(tally, member.deviceType, member.marks, 1)
  return tally
}

const addAll = (into: Record<string, number>, from: Record<string, number>) => {
  for (const [key, n] of Object.entries(from)) into[key] = (into[key] ?? 0) + n
}

/** One group of several phases as one. */
export function sumGroups(groups: readonly GroupTally[]): GroupTally {
  const sum = emptyGroup()
  for (const group of groups) {
    for (const key of ['total', 'silent', 'compared'] as const) sum[key] += group[key]
    addAll(sum.reasons, group.reasons)
    for (const [name, type] of Object.entries(group.types)) {
      const own = (sum.types[name] ??= { compared: 0, crashing: {} })
      own.compared += type.compared
      addAll(own.crashing, type.crashing)
    }
  }
  return sum
}

const sumStates = (tally: PhaseTally, chosen: (state: RolloutDeviceState) => boolean) =>
  rolloutDeviceStates.reduce((sum, state) => sum + (chosen(state) ? tally.states[state] : 0), 0)

/** Devices that still have a way to go, offline ones among them. */
export const unfinished = (tally: PhaseTally) => sumStates(tally, (state) => !isTerminal(state))
/** Devices by which a phase is judged: neither skipped nor out of reach. */
export const reachable = (tally: PhaseTally) =>
  sumStates(tally, (state) => state !== 'skipped' && state !== 'offline')
/** Devices that failed, and those that went back by themselves: while a gate is judged nobody else is rolled back. */
export const fallen = (tally: PhaseTally) => tally.states.failed + tally.states['rolled-back']
/** Reachable devices that have not ended. */
export const underWay = (tally: PhaseTally) =>
  sumStates(tally, (state) => !isTerminal(state) && state !== 'offline')
