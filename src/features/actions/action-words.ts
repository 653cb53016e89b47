import { actionWayOf, type Action, type ActionKind } from '#contract/device-action'
import { actionWords } from '@/domain/device-words'
import type { Tone } from '@/ui/status'

type Manner = {
  /** What happens on the device. */
  consequence: string
  /** Asked before it is done. */
  isConfirmed: boolean
  isDangerous: boolean
  /** An update lock of a service holds it up unless it is forced. */
  isLockable: boolean
}

const manner = (consequence: string, options: Partial<Omit<Manner, 'consequence'>> = {}): Manner => ({
  consequence,
  isConfirmed: true,
  isDangerous: false,
  isLockable: false,
  ...options,
})

export const actionManners: Record<ActionKind, Manner> = {
  'restart-service': manner(
    'The service stops and starts again; what it does is interrupted for some seconds.',
    {
      isLockable: true,
    },
  ),
  'stop-service': manner(
    'The service stops and stays stopped, also after a reboot or an update, until it is started again.',
    {
      isDangerous: true,
      isLockable: true,
    },
  ),
  'start-service': manner('The service starts.', { isConfirmed: false }),
  'restart-application': manner(
    'Every service stops and starts again; what they do is interrupted for some seconds.',
    { isLockable: true },
  ),
  reboot: manner('The device goes offline for a minute or two and comes back by itself.', {
    isDangerous: true,
    isLockable: true,
  }),
  shutdown: manner(
    'The device switches itself off. It cannot be switched on from here: somebody must do it by hand, at the device.',
    {
      isDangerous: true,
      isLockable: true,
    },
  ),
  identify: manner('Its light blinks for some seconds.', { isConfirmed: false }),
  'update-now': manner('It asks for its target at once instead of at its next poll.', { isConfirmed: false }),
  purge: manner(
    'All data in the volumes of its services is deleted for good. The services start afresh, as on a new device.',
    { isDangerous: true, isLockable: true },
  ),
  'override-lock': manner(
    'Updates and actions go on although a service holds an update lock, until the time is up. What must not be interrupted is.',
    { isDangerous: true },
  ),
  'collect-diagnostics': manner(
    'The device tells of itself what its reports do not hold; the download of diagnostics has it from then on.',
    { isConfirmed: false },
  ),
  'rotate-key': manner(
    'The device makes another key and tells it. The key it has now works until it has used the new one, so that a power cut in between locks nobody out; then it is refused. A key that somebody else may hold is better revoked.',
  ),
}

/** What happens on the device; a backend of its own hands a stop on, and keeps no target that says so. */
export const consequenceOf = (kind: ActionKind, device: Pick<Reach, 'isAskedBySource'>): string =>
  kind === 'stop-service' && device.isAskedBySource
    ? 'The service stops. How long it stays so is up to the supervisor of the device: a reboot or another release may start it again.'
    : actionManners[kind].consequence

/** `Restart service api`. */
export const actionTitle = (kind: ActionKind, serviceName: string | null | undefined): string =>
  serviceName === null || serviceName === undefined
    ? actionWords[kind]
    : `${actionWords[kind]} ${serviceName}`

export const actionStateWords: Record<Action['state'], { label: string; tone: Tone; meaning: string }> = {
  queued: { label: 'Waiting', tone: 'updating', meaning: 'The device has not taken it yet.' },
  delivered: { label: 'Taken', tone: 'updating', meaning: 'The device took it and is at it.' },
  done: { label: 'Done', tone: 'ok', meaning: 'The device says it is done.' },
  failed: { label: 'Failed', tone: 'critical', meaning: 'The device could not do it.' },
  expired: { label: 'Expired', tone: 'attention', meaning: 'The device did not take it in time; ask again.' },
  cancelled: {
    label: 'Called off',
    tone: 'neutral',
    meaning: 'It was called off before the device took it.',
  },
  unsupported: {
    label: 'Not supported',
    tone: 'unknown',
    meaning: 'The device keeps no action channel, so it cannot be asked.',
  },
}

type Reach = {
  connectivity: string
  hasActionChannel: boolean
  actionChannelAt: string | null
  isAskedBySource: boolean
}

/** Why the device cannot be asked for it at all; null when it can. */
export function refusalText(kind: ActionKind, device: Reach): string | null {
  if (device.isAskedBySource) return null
  const isHeard = device.connectivity === 'online' || device.connectivity === 'late'
  return actionWayOf[kind] === 'socket' && isHeard && device.actionChannelAt === null
    ? 'This device keeps no socket for actions'
    : null
}

/** Why an action will not be done at once; null when it will. */
export function delayText(kind: ActionKind, device: Reach): string | null {
  if (device.isAskedBySource)
    return device.connectivity === 'online'
      ? null
      : 'The device cannot be heard now. Its backend is asked at once, and most likely cannot reach it.'
  if (device.connectivity === 'offline' || device.connectivity === 'never')
    return 'The device cannot be heard now. The action waits for it, then expires.'
  if (actionWayOf[kind] === 'target')
    return device.hasActionChannel ? null : 'The device does it when it next asks for its target.'
  if (!device.hasActionChannel)
    return 'The device has no socket open at the moment. The action waits for it, then expires.'
  return null
}
