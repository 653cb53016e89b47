import type { Change } from '../../platform/changes.ts'
import type { SourceDevice, SourceRelease } from '../fleet-source.ts'
import { SourceFailure } from '../source-failure.ts'
import { adoptTarget, storeFleet, storeRelease } from './catalogue-mirror.store.ts'
import { readMirrored, removeDevice, storeDevices } from './device-mirror.store.ts'
import { keepPollIntervals } from './heard-mirror.store.ts'
import type { MirrorDeps } from './mirror-deps.ts'
import { isDoubtful, MAX_SHOWN } from './mirror-pace.rules.ts'
import { storeVariables } from './variable-mirror.store.ts'

/** Devices stored in one transaction. */
const GROUP = 200

/** Stores releases and tells of them. */
export async function takeReleases(deps: MirrorDeps, releases: readonly SourceRelease[]): Promise<void> {
  if (releases.length === 0) return
  const changes = await deps.db.transaction().execute(async (trx) => {
    const stored: Change[] = []
    for (const release of releases) {
      const change = await storeRelease(trx, release)
      if (change) stored.push(change)
    }
    return stored
  })
  deps.publish(changes)
}

async function takeAllReleases(deps: MirrorDeps, fleetUuid: string): Promise<void> {
  for (let after: string | null = null; ;) {
    const page = await deps.source.releases(fleetUuid, after)
    await takeReleases(deps, page.items)
    if (page.next === null) return
    after = page.next
  }
}

/** Reads all fleets; the releases of those that are new here too. Answers the uuids of all. */
export async function takeFleets(deps: MirrorDeps, known: ReadonlySet<string>): Promise<string[]> {
  const fleets = await deps.source.fleets()
  for (const fleet of fleets) {
    const id = await deps.db.transaction().execute((trx) => storeFleet(trx, fleet, deps.now()))
    const isNew = !known.has(fleet.uuid)
    if (isNew) await takeAllReleases(deps, fleet.uuid)
    const changes = await deps.db
      .transaction()
      .execute((trx) => adoptTarget(trx, id, fleet.target, deps.now()))
    deps.publish(isNew ? [...changes, { kind: 'fleet', fleetId: id }] : changes)
  }
  return fleets.map(({ uuid }) => uuid)
}

/**
 * Stores devices in groups, and hears what they say once they are stored. `between`: does something before each group, and answers
 * the uuids of devices that are read apart from these.
 */
export async function takeDevices(
  deps: MirrorDeps,
  devices: readonly SourceDevice[],
  between: () => Promise<ReadonlySet<string>> = () => Promise.resolve(new Set()),
): Promise<void> {
  for (let start = 0; start < devices.length; start += GROUP) {
    const apart = await between()
    const group = devices.slice(start, start + GROUP).filter(({ uuid }) => !apart.has(uuid))
    const { changes, heard, moved } = await deps.db
      .transaction()
      .execute((trx) => storeDevices(trx, group, deps.source.name, deps.now()))
    // Who is new, or in another fleet, polls as often as it is told there.
    if (moved.length > 0) await keepPollIntervals(deps.db, deps.pollIntervalMs, moved)
    deps.publish(changes)
    await deps.hear(heard)
  }
}

/** Reads these devices by themselves. */
export async function takeThese(deps: MirrorDeps, uuids: readonly string[]): Promise<void> {
  for (let start = 0; start < uuids.length; start += MAX_SHOWN)
    await takeDevices(deps, await deps.source.devicesOf(uuids.slice(start, start + MAX_SHOWN)))
}

export async function takeAllDevices(deps: MirrorDeps, signal: AbortSignal): Promise<void> {
  for (let after: string | null = null; ;) {
    signal.throwIfAborted()
    const page = await deps.source.devices(after)
    await takeDevices(deps, page.items)
    if (page.next === null) return
    after = page.next
  }
}

/** Removes devices that are no longer there; not where so many are missing that the token more likely sees less. */
export async function removeGone(deps: MirrorDeps): Promise<void> {
  const there = new Set(await deps.source.deviceUuids())
  const mirrored = await deps.db.transaction().execute(readMirrored)
  const gone = [...mirrored.values()].filter(({ uuid }) => !there.has(uuid))
  if (isDoubtful(mirrored.size, gone.length))
    throw new SourceFailure(
      'rights',
      `${gone.length} of ${mirrored.size} devices are no longer listed by ${deps.source.name}. That is more likely a token that sees less than before; they are kept as they were. Delete them there in smaller numbers, or give the token its rights back.`,
    )
  for (const device of gone) {
    const left = await deps.db.transaction().execute(async (trx) => {
      const changes = await deps.leaveRollouts(trx, device.deviceId)
      await removeDevice(trx, device.deviceId)
      return changes
    })
    deps.publish([...left, { kind: 'device-removed', ...device }])
  }
}

export async function takeVariables(deps: MirrorDeps, fleetUuid: string): Promise<void> {
  const variables = await deps.source.variables(fleetUuid)
  const fleetId = await deps.db
    .transaction()
    .execute((trx) => storeVariables(trx, fleetUuid, variables, deps.now()))
  if (fleetId === null) return
  await keepPollIntervals(deps.db, deps.pollIntervalMs)
  deps.publish([{ kind: 'fleet', fleetId }])
}
