import type { Action, ActionKind } from '#contract/device'
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
  'stop-service': manner('The service stops and stays stopped until it is started again.', {
    isDangerous: true,
    isLockable: true,
  }),
  'start-service': manner('The service starts.', { isConfirmed: false }),
  'restart-application': manner(
    'Every service stops and starts again; what they do is interrupted for some seconds.',
    { isLockable: true },
  ),
  reboot: manner('The device goes offline for a minute or two and comes back by itself.', {
    isDangerous: true,
    isLockable: true,
  }),
  shutdown: manner('The device switches itself off. It stays off until somebody switches it on by hand.', {
    isDangerous: true,
    isLockable: true,
  }),
  identify: manner('Its light blinks for some seconds.', { isConfirmed: false }),
  'update-now': manner('It asks for its target at once instead of at its next poll.', { isConfirmed: false }),
  purge: manner(
    'All data in the volumes of its services is deleted for good. The services start afresh, as on a new device.',
    { isDangerous: true, isLockable: true },
  ),
}

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
  unsupported: {
    label: 'Not supported',
    tone: 'unknown',
    meaning: 'The device keeps no action channel, so it cannot be asked.',
  },
}

/** Why an action will not be done at once; null when it will. */
export function delayText(device: { connectivity: string; hasActionChannel: boolean }): string | null {
  const wait = 'The action waits 15 minutes for it, then expires.'
  if (device.connectivity === 'offline' || device.connectivity === 'never')
    return `The device cannot be heard now. ${wait}`
  if (!device.hasActionChannel) return `The device has no action channel open at the moment. ${wait}`
  return null
}
