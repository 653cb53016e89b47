import type { LogRetentionPreview } from '#contract/log-search'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** What a fleet has stored of one hour. */
export type HourUsage = { atMs: number; lines: number; bytes: number }
/** Limits as they hold: a fleet's own, else the gateway's. */
export type RetentionLimits = { days: number; bytes: number | null }

/** What these limits would delete, and when the oldest line left is from; within an hour it is estimated evenly. */
export function previewRetention(
  hours: readonly HourUsage[],
  limits: RetentionLimits,
  nowMs: number,
): LogRetentionPreview {
  const cutoffMs = nowMs - limits.days * DAY_MS
  let room = limits.bytes ?? Infinity
  let oldestKeptMs: number | null = null
  const gone = { lines: 0, bytes: 0 }
  for (const hour of [...hours].sort((a, b) => b.atMs - a.atMs)) {
    const young = Math.min(1, Math.max(0, (hour.atMs + HOUR_MS - cutoffMs) / HOUR_MS))
    const fitting = hour.bytes <= 0 ? 1 : Math.min(1, room / hour.bytes)
    const kept = Math.min(young, fitting)
    room -= hour.bytes * kept
    // What does not fit is the oldest: nothing before it fits either.
    if (fitting < young) room = 0
    gone.lines += hour.lines * (1 - kept)
    gone.bytes += hour.bytes * (1 - kept)
    if (kept > 0) oldestKeptMs = hour.atMs + Math.floor(HOUR_MS * (1 - kept))
  }
  return {
    lines: Math.round(gone.lines),
    bytes: Math.round(gone.bytes),
    oldestKeptAt: oldestKeptMs === null ? null : new Date(oldestKeptMs).toISOString(),
  }
}
