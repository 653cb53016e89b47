import type { RolloutDeviceState } from '#contract/rollout'
import type { SpreadPart } from '@/ui/spread-bar'
import { rolloutDeviceWords } from './device-words'

export type RolloutCounts = Record<RolloutDeviceState, number>

/** From done to not yet begun, then what went wrong: the order of bars, charts and legends. */
export const rolloutStateOrder = [
  'succeeded',
  'verifying',
  'rebooting',
  'installing',
  'downloading',
  'offered',
  'waiting',
  'offline',
  'skipped',
  'rolled-back',
  'failed',
] as const satisfies readonly RolloutDeviceState[]

/** CSS variables of the states' fills, for canvas and charts. */
export const rolloutFillVariable = (state: RolloutDeviceState) => `--roll-${state}`

/** The same as background classes, written out so that Tailwind finds them. */
export const rolloutFillClass: Record<RolloutDeviceState, string> = {
  succeeded: 'bg-(--roll-succeeded)',
  verifying: 'bg-(--roll-verifying)',
  rebooting: 'bg-(--roll-rebooting)',
  installing: 'bg-(--roll-installing)',
  downloading: 'bg-(--roll-downloading)',
  offered: 'bg-(--roll-offered)',
  waiting: 'bg-(--roll-waiting)',
  offline: 'bg-(--roll-offline)',
  skipped: 'bg-(--roll-skipped)',
  'rolled-back': 'bg-(--roll-rolled-back)',
  failed: 'bg-(--roll-failed)',
}

/** Counts by state as the parts of a bar. */
export const rolloutParts = (counts: RolloutCounts): SpreadPart[] =>
  rolloutStateOrder.map((state) => ({
    key: state,
    label: rolloutDeviceWords[state].label,
    count: counts[state],
    fillClass: rolloutFillClass[state],
  }))

export type RolloutProgress = {
  /** Devices the rollout is for: all of its members but the skipped ones. */
  aimed: number
  /** Those that came to the end it is after: updated, or back while rolling back. */
  done: number
  /** Offered, downloading, installing, rebooting or verifying. */
  updating: number
  failed: number
  waiting: number
  offline: number
  skipped: number
  rolledBack: number
  /** `done` of `aimed`, 0-100; 0 when it is for nobody. */
  percent: number
}

/** The few figures people look at first. Rolling back, being back is the goal. */
export function rolloutProgress(counts: RolloutCounts, isBackward = false): RolloutProgress {
  const total = rolloutStateOrder.reduce((sum, state) => sum + counts[state], 0)
  const aimed = total - counts.skipped
  const done = isBackward ? counts['rolled-back'] : counts.succeeded
  return {
    aimed,
    done,
    updating: counts.offered + counts.downloading + counts.installing + counts.rebooting + counts.verifying,
    failed: counts.failed,
    waiting: counts.waiting,
    offline: counts.offline,
    skipped: counts.skipped,
    rolledBack: counts['rolled-back'],
    percent: aimed === 0 ? 0 : (done / aimed) * 100,
  }
}
