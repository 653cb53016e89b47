import type { ExplainedReason } from '#contract/health'
import { formatDuration } from '@/lib/time'

const SUSPECT = '30 min'
const AT_ONCE_MS = 1_000

/** What changed just before, as one sentence; null where changes are not the question. */
export function changeText({ change, isAboutChange }: ExplainedReason): string | null {
  if (!isAboutChange) return null
  if (change === null) return `Nothing known changed in the ${SUSPECT} before it began.`
  const who = change.actor === null ? '' : ` by ${change.actor}`
  const how = change.beforeMs < AT_ONCE_MS ? 'less than a second' : formatDuration(change.beforeMs)
  return `Began ${how} after ${change.summary}${who}.`
}
