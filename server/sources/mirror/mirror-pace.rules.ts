import type { Topic } from '#contract/events'

/** How often what is asked for, in milliseconds: while somebody looks at devices, and while nobody does. */
export const pace = {
  looked: 2_000,
  unlooked: 10_000,
  /** Older than that, devices on screen are read by themselves while all are read. */
  shown: 1_200,
  fleets: 30_000,
  /** The variables of one fleet after the other; of what is looked at more often. */
  variables: 30_000,
  removals: 600_000,
} as const

/** After targets were set: devices take them up one after the other, and the gates of rollouts wait for it. */
const BUSY_MS = 300_000

const ofDevices = new Set<Topic['kind']>([
  'fleets',
  'fleet',
  'devices',
  'device',
  'wall',
  'rollout',
  'rollout-devices',
  'rollout-wall',
  'logs',
])

/** Milliseconds between two looks at what changed. */
export function changesEveryMs(watched: readonly Topic[], pushedAtMs: number, nowMs: number): number {
  if (watched.some(({ kind }) => ofDevices.has(kind))) return pace.looked
  // Half as often as where somebody looks at devices: every page says how old figures are, and rollouts wait for what was set.
  const isNear = watched.length > 0 || nowMs - pushedAtMs < BUSY_MS
  return isNear ? 2 * pace.looked : pace.unlooked
}

/** The devices whose lines somebody reads; those of a fleet or of a search over all are not followed. */
export const followedDevices = (watched: readonly Topic[]): string[] => [
  ...new Set(watched.flatMap((topic) => (topic.kind === 'logs' ? topic.selector.device : []))),
]

/** Uuids in one request; the address of one must stay below 14,000 characters. */
export const MAX_SHOWN = 200

/** The devices that are on screen, one by one: they are read by themselves where all that changes is too much to keep up with. */
export const shownDevices = (watched: readonly Topic[]): string[] =>
  [
    ...new Set(
      watched.flatMap((topic) => {
        if (topic.kind === 'device') return [topic.uuid]
        return topic.kind === 'devices' || topic.kind === 'rollout-devices' ? topic.uuids : []
      }),
    ),
  ].slice(0, MAX_SHOWN)

/** The devices and fleets somebody looks at more closely. */
export const lookedAtFleets = (watched: readonly Topic[]): number[] => [
  ...new Set(watched.flatMap((topic) => (topic.kind === 'fleet' ? [topic.fleetId] : []))),
]

/** A source that lists far fewer devices than before more likely shows less than it has. */
export const isDoubtful = (known: number, missing: number): boolean => missing > 10 && missing > known / 2
