import type { DeviceState } from './device-state.ts'

/** Below its peak by more than this share of all memory is a fall: the rise is over. */
const FALL_SHARE = 0.02
const MAX_DROPS_KEPT = 50
/** A poll may come later than its interval by this share (jitter) and this much (load, retries of one second). */
const GAP_SHARE = 1.25
const GAP_SLACK_MS = 5_000

type Memory = DeviceState['memory']

/** Follows the rise of memory in use: one that does not end is a leak (health rules). */
export function followMemory(state: DeviceState, nowMs: number): Memory {
  const { memoryUsedMib: used, memoryTotalMib: total, memory } = state
  if (used === null || total === null || total <= 0) return memory
  const rise = memory.memoryRise
  if (!rise || used < rise.peakMib - total * FALL_SHARE) {
    const since = new Date(nowMs).toISOString()
    return { ...memory, memoryRise: { since, fromMib: used, peakMib: used, reports: 1 } }
  }
  return {
    ...memory,
    memoryRise: { ...rise, peakMib: Math.max(rise.peakMib, used), reports: rise.reports + 1 },
  }
}

/**
 * Notes a return after a gap between polls, which the device would not have left of itself. Time in which this gateway
 * did not listen is no gap.
 */
export function noteGap(state: DeviceState, nowMs: number, startedAtMs: number): Memory {
  const { lastPollAtMs, memory } = state
  if (lastPollAtMs === null || lastPollAtMs < startedAtMs) return memory
  if (nowMs - lastPollAtMs <= state.pollIntervalMs * GAP_SHARE + GAP_SLACK_MS) return memory
  const drops = [...(memory.networkDrops ?? []), new Date(nowMs).toISOString()]
  return { ...memory, networkDrops: drops.slice(-MAX_DROPS_KEPT) }
}

/** A boot explains the gap before it: what was noted as a drop within `bootMs` around it was none. */
export function forgetGap(memory: Memory, nowMs: number): Memory {
  const last = memory.networkDrops?.at(-1)
  if (last === undefined || nowMs - Date.parse(last) > BOOT_MS) return memory
  return { ...memory, networkDrops: memory.networkDrops?.slice(0, -1) ?? [] }
}
const BOOT_MS = 60_000

/** The device says that a lock holds its update back, again or for the first time for this target. */
export function noteLock(state: DeviceState, detail: string, nowMs: number): Memory {
  const at = new Date(nowMs).toISOString()
  const before = state.memory.updateLock
  const isSame =
    before !== undefined && Date.parse(before.at) >= (state.targetChangedAtMs ?? Number.NEGATIVE_INFINITY)
  return { ...state.memory, updateLock: { at: isSame ? before.at : at, lastAt: at, detail } }
}

/** Locks are given back, or nothing is to be done any more. */
export function forgetLock(memory: Memory): Memory {
  const { updateLock: _gone, ...rest } = memory
  return rest
}
