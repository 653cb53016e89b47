import type { RolloutDetail } from '#contract/rollout'
import type { Tone } from '@/ui/status'

/** How the states of phases are called on screen and in reports. */
export const phaseWords: Record<RolloutDetail['phases'][number]['state'], { label: string; tone: Tone }> = {
  pending: { label: 'Not open yet', tone: 'neutral' },
  open: { label: 'Open', tone: 'updating' },
  'awaiting-approval': { label: 'Waits for approval', tone: 'attention' },
  passed: { label: 'Passed', tone: 'ok' },
}
