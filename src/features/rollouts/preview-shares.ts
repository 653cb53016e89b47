import type { RolloutPreview } from '#contract/rollout'
import type { SpreadPart } from '@/ui/spread-bar'

/** The devices of a preview told apart; the parts add up to all of them. */
export function previewParts(preview: RolloutPreview): SpreadPart[] {
  const offline = Math.min(preview.offline, preview.willUpdate)
  const incompatible = preview.incompatible.reduce((sum, one) => sum + one.count, 0)
  return [
    {
      key: 'now',
      label: 'Will update',
      count: preview.willUpdate - offline,
      fillClass: 'bg-(--roll-downloading)',
    },
    { key: 'offline', label: 'Offline, when they return', count: offline, fillClass: 'bg-(--roll-offline)' },
    {
      key: 'already',
      label: 'Run it already',
      count: preview.alreadyRunning,
      fillClass: 'bg-(--roll-succeeded)',
    },
    {
      key: 'pinned',
      label: 'Pinned, left alone',
      count: preview.pinned,
      fillClass: 'bg-(--roll-rolled-back)',
    },
    { key: 'unfit', label: 'Cannot run it', count: incompatible, fillClass: 'bg-(--roll-failed)' },
  ]
}

/** Why a rollout cannot be started, in one sentence; null when it can. */
export function startObstacle(preview: RolloutPreview): string | null {
  if (preview.conflict !== null)
    return `Rollout ${preview.conflict.rolloutId} still owns ${preview.conflict.devices} of these devices.`
  if (preview.total === 0) return 'No device matches.'
  if (preview.willUpdate === 0)
    return 'No device would be updated: all run it already, are pinned or cannot run it.'
  return null
}
