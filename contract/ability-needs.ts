import type { BulkOperation } from './device.ts'
import type { ActionKind } from './device-action.ts'
import type { SourceAbility } from './source.ts'

/** What an action needs of the source of the fleets. */
export const actionNeeds: Record<ActionKind, readonly SourceAbility[]> = {
  'restart-service': ['device-actions'],
  'restart-application': ['device-actions'],
  'stop-service': ['device-actions'],
  'start-service': ['device-actions'],
  reboot: ['device-actions'],
  shutdown: ['device-actions'],
  identify: ['device-actions'],
  'update-now': ['device-actions'],
  purge: ['device-actions'],
  'override-lock': ['device-actions'],
  'collect-diagnostics': ['device-actions', 'collect-diagnostics'],
  'rotate-key': ['device-actions', 'device-keys'],
}

/** What is asked of many devices at once, as one word: an action is its kind. */
export type BulkKind = Exclude<BulkOperation['kind'], 'action'> | ActionKind

/** What it needs of the source of the fleets. */
export const bulkNeeds: Record<BulkKind, readonly SourceAbility[]> = {
  ...actionNeeds,
  pin: ['target-releases'],
  unpin: ['target-releases'],
  tag: ['edit-tags'],
  untag: ['edit-tags'],
  move: ['edit-devices'],
}

/** What a rollout needs of the source of the fleets, by what it sends. */
export const rolloutNeeds = {
  release: 'target-releases',
  'host-os': 'target-host-os',
} as const satisfies Record<string, SourceAbility>
