import type { BulkOperation } from './device.ts'
import type { ActionKind } from './device-action.ts'
import type { SourceAbility } from './source.ts'

/** Beyond `device-actions`, which every action needs. */
const furtherNeeds: Partial<Record<ActionKind, SourceAbility>> = {
  // A variable of the supervisor overrides them.
  'override-lock': 'edit-variables',
  'collect-diagnostics': 'collect-diagnostics',
  'rotate-key': 'device-keys',
}

/** What an action needs of the source of the fleets. */
export function actionNeeds(kind: ActionKind): readonly SourceAbility[] {
  const further = furtherNeeds[kind]
  return further === undefined ? ['device-actions'] : ['device-actions', further]
}

type OwnBulkKind = Exclude<BulkOperation['kind'], 'action'>
/** What is asked of many devices at once, as one word: an action is its kind. */
export type BulkKind = OwnBulkKind | ActionKind

const ownBulkNeeds: Record<OwnBulkKind, SourceAbility> = {
  pin: 'target-releases',
  unpin: 'target-releases',
  tag: 'edit-tags',
  untag: 'edit-tags',
  move: 'edit-devices',
}
const isOwn = (kind: BulkKind): kind is OwnBulkKind => kind in ownBulkNeeds

/** What it needs of the source of the fleets. */
export const bulkNeeds = (kind: BulkKind): readonly SourceAbility[] =>
  isOwn(kind) ? [ownBulkNeeds[kind]] : actionNeeds(kind)

/** What a rollout needs of the source of the fleets, by what it sends. */
export const rolloutNeeds = {
  release: 'target-releases',
  'host-os': 'target-host-os',
} as const satisfies Record<string, SourceAbility>
