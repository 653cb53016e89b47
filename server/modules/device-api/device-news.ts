import type { DeviceStep } from './device-save.store.ts'
import type { DeviceState } from './device-state.ts'

/** What moves with every report, whatever it says. */
const heard = new Set(['last_seen_at', 'last_report_at', 'metrics_at'])

/**
 * Whether a step told nothing but that the device was heard, and that was written down less than `spacingMs` ago: it is
 * not worth a row. A rise of memory counts only reports that are.
 */
export function isOnlyHeard({ before, after, columns }: DeviceStep, spacingMs: number): boolean {
  if (before.services !== after.services) return false
  const nowMs = after.lastSeenAtMs ?? 0
  if (before.lastReportAtMs === null || before.lastSeenAtMs === null) return false
  if (Math.floor(nowMs / spacingMs) !== Math.floor(before.lastReportAtMs / spacingMs)) return false
  return columns.every(
    (name) => heard.has(name) || (name === 'health_memory' && isSameButCounted(before, after)),
  )
}

function isSameButCounted({ memory: before }: DeviceState, { memory: after }: DeviceState): boolean {
  if (!before.memoryRise || !after.memoryRise) return false
  const counted = { ...after, memoryRise: { ...after.memoryRise, reports: before.memoryRise.reports } }
  return JSON.stringify(counted) === JSON.stringify(before)
}
