import type { z } from 'zod'
import type {
  SourceAbility,
  SourceCheck,
  SourceFeed,
  sourceProblemCode,
  SourceReading,
} from '#contract/source'
import type { Tone } from '@/ui/status'

/** What a source may be able to do, as people say it; in the order in which it is shown. */
export const abilityWords: Record<SourceAbility, string> = {
  'target-releases': 'Pin devices and fleets to releases, and roll releases out',
  'target-host-os': 'Roll out versions of the host OS',
  'device-actions': 'Ask devices to reboot, restart services and the like',
  'collect-diagnostics': 'Ask devices for what their reports do not hold',
  'create-releases': 'Make releases, finalise them and mark them as failed',
  'create-fleets': 'Make, rename and delete fleets',
  'register-devices': 'Make provisioning keys with which devices join',
  'edit-devices': 'Rename, move and delete devices',
  'device-keys': 'Rotate and revoke the keys of devices',
  'edit-tags': 'Set and remove tags',
  'edit-variables': 'Set and delete variables',
}

export const readingWords: Record<SourceReading['state'], { label: string; tone: Tone }> = {
  beginning: { label: 'Is read for the first time', tone: 'updating' },
  reading: { label: 'Is read again and again', tone: 'ok' },
  failing: { label: 'Cannot be read', tone: 'critical' },
  waiting: { label: 'Is read by another gateway', tone: 'neutral' },
}

export const feedWords: Record<SourceFeed['name'], string> = {
  devices: 'Devices',
  fleets: 'Fleets',
  releases: 'Releases',
  variables: 'Variables',
  removals: 'Which devices were removed',
}

export const problemWords: Record<z.infer<typeof sourceProblemCode>, string> = {
  address: 'It cannot be reached',
  certificate: 'Its certificate is not trusted',
  token: 'The token is not accepted',
  rights: 'The token may not do what is needed',
  busy: 'It asks to be left alone, or fails by itself',
  unexpected: 'It answers in a way that was not expected',
}

type Step = SourceCheck['steps'][number]
export const stepWords: Record<Step['name'], string> = {
  address: 'Address',
  certificate: 'Certificate',
  token: 'Token',
  read: 'Reading',
  target: 'Setting what devices run',
  logs: 'Log lines',
  actions: 'Actions',
}
export const stepStates: Record<Step['state'], { label: string; tone: Tone }> = {
  ok: { label: 'Works', tone: 'ok' },
  failed: { label: 'Failed', tone: 'critical' },
  unknown: { label: 'Not known', tone: 'unknown' },
}
