import type { BulkKind } from '#contract/ability-needs'
import type { BulkOperation, BulkResult } from '#contract/device'
import { actionRoles, DEFAULT_ACTION_EXPIRY, type ActionKind } from '#contract/device-action'
import type { Role } from '#contract/session'
import { minutesWords } from '@/domain/action-fields'
import { actionWords } from '@/domain/device-words'
import { formatCount, formatNoun } from '@/lib/format'

type BulkItem = { kind: BulkKind; label: string; needs: Role; isDangerous?: boolean }

/** What can be asked of many devices at once; services differ from device to device and are asked one by one. */
export const bulkItems: readonly BulkItem[] = [
  { kind: 'pin', label: 'Pin to a release…', needs: 'release-manager' },
  { kind: 'unpin', label: 'Unpin…', needs: 'release-manager' },
  { kind: 'move', label: 'Move to another fleet…', needs: 'release-manager' },
  { kind: 'tag', label: 'Set a tag…', needs: 'support' },
  { kind: 'untag', label: 'Remove a tag…', needs: 'support' },
  { kind: 'restart-application', label: 'Restart all services…', needs: 'support' },
  { kind: 'update-now', label: 'Update now…', needs: 'support' },
  { kind: 'identify', label: 'Identify (blink)…', needs: 'support' },
  { kind: 'collect-diagnostics', label: 'Collect diagnostics…', needs: actionRoles['collect-diagnostics'] },
  { kind: 'override-lock', label: 'Override update locks…', needs: actionRoles['override-lock'] },
  { kind: 'rotate-key', label: 'Rotate keys…', needs: actionRoles['rotate-key'] },
  { kind: 'reboot', label: 'Reboot…', needs: 'support', isDangerous: true },
  { kind: 'shutdown', label: 'Shut down…', needs: actionRoles.shutdown, isDangerous: true },
  { kind: 'purge', label: 'Purge data…', needs: actionRoles.purge, isDangerous: true },
]

const verbs: Record<Exclude<BulkOperation['kind'], 'action'>, string> = {
  pin: 'Pin',
  unpin: 'Unpin',
  tag: 'Tag',
  untag: 'Untag',
  move: 'Move',
}
const actionVerbs: Record<ActionKind, string> = {
  ...actionWords,
  identify: 'Identify',
  purge: 'Purge',
  'override-lock': 'Override locks of',
  'collect-diagnostics': 'Collect from',
  'rotate-key': 'Rotate keys of',
}

const verbOf = (operation: BulkOperation): string =>
  operation.kind === 'action' ? actionVerbs[operation.action] : verbs[operation.kind]

/** The words on the button, with the number it will touch: `Pin 12 devices`. */
export function confirmLabel(operation: BulkOperation, result: BulkResult | undefined): string {
  const verb = verbOf(operation)
  if (result === undefined) return verb
  const count = formatNoun(result.applied, 'device')
  return operation.kind === 'action' && operation.action === 'restart-application'
    ? `Restart services on ${count}`
    : `${verb} ${count}`
}

/** What follows on a device that takes it. */
export function consequenceText(operation: BulkOperation): string {
  switch (operation.kind) {
    case 'pin':
      return 'They download the release and stay on it, whatever their fleet or a rollout says, until they are unpinned.'
    case 'unpin':
      return 'They follow their fleet again, and update if its release differs.'
    case 'tag':
      return 'A tag of the same name is replaced.'
    case 'untag':
      return 'Devices without this tag stay as they are.'
    case 'move':
      return 'They run the release of the new fleet. Their pin and their own variables are removed, because they name releases and services of the old one.'
    case 'action':
      return actionConsequences[operation.action]
  }
}

const actionConsequences: Record<ActionKind, string> = {
  'restart-service': 'The service stops and starts again.',
  'restart-application':
    'Every service stops and starts again; what they do is interrupted for some seconds.',
  'stop-service': 'The service stops until it is started again.',
  'start-service': 'The service starts.',
  reboot: 'They go offline for a minute or two. An update lock can delay it.',
  shutdown: 'They cannot be switched on from here: somebody must do it by hand, at each device.',
  identify: 'Their light blinks for some seconds. Nothing else changes.',
  'update-now': 'They ask for their target at once and update, without waiting for their next poll.',
  'override-lock': 'Updates and actions go on although a service holds an update lock, until the time is up.',
  'collect-diagnostics':
    'Each tells of itself what its reports do not hold, for its download of diagnostics.',
  'rotate-key': 'Each makes another key; the one it has works until it has used the new one.',
  purge: 'All data in their volumes is deleted for good, and their services start afresh.',
}

/** What that means for those that cannot be heard. */
export function offlineText(operation: BulkOperation, offline: number): string {
  const those = `${formatNoun(offline, 'device')} of these cannot be heard`
  switch (operation.kind) {
    case 'pin':
    case 'unpin':
    case 'move':
      return `${those} and will follow when they return.`
    case 'tag':
    case 'untag':
      return `${those}; tags are kept here, so theirs change at once.`
    case 'action':
      return `${those}. The action waits ${minutesWords(operation.expiresInMinutes ?? DEFAULT_ACTION_EXPIRY)} for them, then expires.`
  }
}

/** What must be typed first: the number, where much is lost or interrupted by one click too many. */
export function wordToType(operation: BulkOperation, result: BulkResult | undefined): string | undefined {
  const isGrave =
    operation.kind === 'move' ||
    (operation.kind === 'action' && ['reboot', 'shutdown', 'purge'].includes(operation.action))
  if (!isGrave || result === undefined) return undefined
  const isAlwaysGrave = operation.kind === 'action' && operation.action === 'purge'
  return result.applied > 1 || (isAlwaysGrave && result.applied > 0) ? String(result.applied) : undefined
}

export const isDangerous = (operation: BulkOperation): boolean =>
  operation.kind === 'action' && ['reboot', 'shutdown', 'purge'].includes(operation.action)

/** What is said after it was done. */
export function doneText(operation: BulkOperation, result: BulkResult): string {
  const refused = result.refused.reduce((sum, group) => sum + group.count, 0)
  const rest = refused === 0 ? '' : `; ${formatCount(refused)} refused`
  const devices = formatNoun(result.applied, 'device')
  switch (operation.kind) {
    case 'pin':
      return `${devices} pinned${rest}`
    case 'unpin':
      return `${devices} unpinned${rest}`
    case 'tag':
      return `Tag ${operation.key} set on ${devices}${rest}`
    case 'untag':
      return `Tag ${operation.key} removed from ${devices}${rest}`
    case 'move':
      return `${devices} moved${rest}`
    case 'action':
      return `${actionWords[operation.action]}: asked of ${devices}${rest}`
  }
}
