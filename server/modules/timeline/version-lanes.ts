import { gt, valid } from 'semver'
import { bandsOf, type BandState, type StateChange } from './bands.ts'
import type { Mark } from './marks.ts'
import { eventsIn, textOf, type StoredEvent, type TimelineSource } from './timeline-events.ts'

/** Whether `to` is older than `from`, as far as both are versions that can be compared. */
const isOlder = (to: string, from: string | null): boolean =>
  from !== null && valid(to) !== null && valid(from) !== null && gt(from, to)

function versionState(what: string, version: string, from: string | null): BandState {
  const isBack = isOlder(version, from)
  return {
    key: isBack ? `${version} back` : version,
    tone: isBack ? 'attention' : 'info',
    label: isBack ? `${version} (back)` : version,
    detail: [
      `${what} ${version}`,
      ...(from === null ? [] : [isBack ? `It went back from ${from}.` : `Before: ${from}.`]),
    ],
  }
}

const isRun = (event: StoredEvent) => event.kind === 'update' && textOf(event, 'outcome') === 'succeeded'
const isVersion = (event: StoredEvent) => event.kind === 'os' && textOf(event, 'version') !== null
const isRollback = (event: StoredEvent) => event.kind === 'os' && textOf(event, 'phase') === 'rolled-back'

const rangeOf = ({ device, fromMs, knownToMs }: TimelineSource) => ({
  fromMs: Math.max(fromMs, Math.min(device.createdAtMs, knownToMs)),
  toMs: knownToMs,
  isOpenStart: device.createdAtMs < fromMs,
  isOpenEnd: true,
})

/** The releases it ran; one that followed on a newer one is marked as a way back. */
export function releaseLane(source: TimelineSource): Mark[] {
  const runs = eventsIn(source.groups, 'update').filter(isRun)
  const stateOf = (event: StoredEvent | undefined): BandState | null => {
    const version = event && textOf(event, 'semver')
    return event && version ? versionState('Release', version, textOf(event, 'from')) : null
  }
  const [first] = runs
  const formerName = first ? textOf(first, 'from') : source.device.release
  const former = formerName === null ? null : versionState('Release', formerName, null)
  const initial = stateOf(source.before.filter(isRun).at(-1)) ?? former
  return bandsOf(
    initial,
    runs.map((event): StateChange => ({ atMs: event.atMs, state: stateOf(event) })),
    rangeOf(source),
  )
}

/** The versions of the host OS it ran; from a rollback on the version is marked as the one it went back to. */
export function osLane(source: TimelineSource): Mark[] {
  const events = eventsIn(source.groups, 'os').filter((event) => isVersion(event) || isRollback(event))
  const versions = events.filter(isVersion)
  const [first] = versions
  const earlier = source.before.filter(isVersion).at(-1)
  const known = earlier ? textOf(earlier, 'version') : first ? textOf(first, 'from') : source.device.osVersion
  let version = known
  const changes = events.map((event): StateChange => {
    if (isVersion(event)) {
      version = textOf(event, 'version')
      return {
        atMs: event.atMs,
        state: version === null ? null : versionState('Host OS', version, textOf(event, 'from')),
      }
    }
    const state: BandState = {
      key: `${version} rolled back ${event.atMs}`,
      tone: 'critical',
      label: `${version ?? 'Version not told'} (rolled back)`,
      detail: [event.summary],
    }
    return { atMs: event.atMs, state }
  })
  const initial = known === null ? null : versionState('Host OS', known, null)
  return bandsOf(initial, changes, rangeOf(source))
}
