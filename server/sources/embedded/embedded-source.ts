import { sql } from 'kysely'
import type { SourceCheck } from '#contract/source'
import type { Changes } from '../../platform/changes.ts'
import type { FleetSource, SourceAction, SourceLine } from '../fleet-source.ts'
import { readFleets, readReleases, readSourceVariables, readTheseReleases } from './catalogue.store.ts'
import { ChangeMemory } from './change-memory.ts'
import { readDevices, readDeviceUuids, readTheseDevices } from './devices.store.ts'
import { embeddedView } from './embedded-view.ts'
import { keyOf } from './keyset.ts'
import { pinDevices, setFleetTarget, type TargetDeps } from './source-targets.service.ts'

const PAGE_SIZE = 500
/** A memory of so many devices takes some 10 MB. */
const MOST_REMEMBERED = 100_000

export type EmbeddedDeps = Omit<TargetDeps, 'publish'> & {
  changes: Pick<Changes, 'listen' | 'publish'>
  /** Of this gateway. */
  version: string
  /** The newest lines of a device, oldest first. */
  newestLines: (deviceUuid: string, count: number) => Promise<SourceLine[]>
  /** Hands over the newest lines and those that are stored from then on; resolves once `signal` is aborted. */
  followLines: FleetSource['followLogs']
  /** Resolves when the device took it. */
  act: (action: SourceAction) => Promise<void>
  /** Fleets, releases and devices in a page or an answer. */
  pageSize?: number
}

/** Fleets whose devices talk to this gateway: everything is in its own store. */
export function embeddedSource(deps: EmbeddedDeps): FleetSource {
  const { db, now, changes, pageSize: limit = PAGE_SIZE } = deps
  const memory = new ChangeMemory(MOST_REMEMBERED)
  changes.listen((published) => memory.note(published))
  const targets: TargetDeps = { db, now, publish: (published) => changes.publish(published) }
  return {
    kind: 'embedded',
    name: embeddedView.name,
    address: null,
    missing: [],
    fleets: () => readFleets(db),
    releases: (fleetUuid, after) => readReleases(db, fleetUuid, { after: keyOf(after), limit }),
    devices: (after) => readDevices(db, { after: keyOf(after), limit }),
    device: async (uuid) => (await readTheseDevices(db, [uuid]))[0] ?? null,
    devicesOf: (uuids) => readTheseDevices(db, uuids),
    variables: (fleetUuid) => readSourceVariables(db, fleetUuid),
    deviceUuids: () => readDeviceUuids(db),
    async changes(position) {
      const nothing = { devices: [], releases: [], position: memory.position, isMore: false, isResync: false }
      if (position === null) return nothing
      const changed = memory.since(position, limit)
      if (changed === null) return { ...nothing, isResync: true }
      const { uuids, releaseIds, ...rest } = changed
      const devices = await readTheseDevices(db, uuids)
      return { devices, releases: await readTheseReleases(db, releaseIds), ...rest, isResync: false }
    },
    logs: deps.newestLines,
    followLogs: deps.followLines,
    pinDevices: (pins) => pinDevices(targets, pins),
    setFleetTarget: (fleetUuid, target) => setFleetTarget(targets, fleetUuid, target),
    act: deps.act,
    check: () => check(deps),
  }
}

/** Only the store can be out of reach: everything else is this process. */
async function check({ db, version }: EmbeddedDeps): Promise<SourceCheck> {
  const isRead = await sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )
  const read = isRead
    ? ({ name: 'read', state: 'ok', sentence: 'The store answers.' } as const)
    : ({ name: 'read', state: 'failed', sentence: 'The store does not answer.' } as const)
  const ok = (name: SourceCheck['steps'][number]['name'], sentence: string) =>
    ({ name, state: 'ok', sentence }) as const
  return {
    isOk: isRead,
    version,
    actor: null,
    steps: [
      ok('address', 'Devices talk to this gateway.'),
      ok('certificate', 'None is needed: nothing leaves this gateway.'),
      ok('token', 'None is needed: nothing leaves this gateway.'),
      read,
      // Later steps are absent where an earlier one failed.
      ...(isRead
        ? [
            ok('target', 'What devices should run is set here.'),
            ok('logs', 'Devices send their log lines to this gateway.'),
            ok('actions', 'Devices that keep an action channel open take actions at once.'),
          ]
        : []),
    ],
  }
}
