import type { Kysely } from 'kysely'
import type { DeviceRow } from '#contract/device'
import type { Topic } from '#contract/events'
import { isWithin, type FleetScope } from '#contract/role'
import type { Change, DeviceAspect } from '../../platform/changes.ts'
import type { Schema } from '../../platform/db/schema.ts'
import type { Hub } from '../../platform/hub.ts'
import { readDevice, readEvents, type JudgeLayers } from './device-detail.store.ts'
import type { DeviceList } from './device-list.ts'
import { rowsByUuid } from './device-rows.store.ts'

const EVENTS_PER_PATCH = 50

type DevicesTopic = Extract<Topic, { kind: 'devices' }>
type DeviceChange = Extract<Change, { kind: 'device' | 'device-removed' }>
const devicesOf = (changes: readonly Change[]) =>
  changes.filter(
    (change): change is DeviceChange => change.kind === 'device' || change.kind === 'device-removed',
  )

/** Rows that several windows show are read once a tick, and looked for once when they are gone. */
async function sharedRows(
  db: Kysely<Schema>,
  uuids: readonly string[],
  tick: Map<string, unknown>,
): Promise<DeviceRow[]> {
  const known = tickMap<string, DeviceRow | null>(tick, 'rows')
  const missing = uuids.filter((uuid) => !known.has(uuid))
  if (missing.length > 0) {
    const rows = new Map((await rowsByUuid(db, missing)).map((row) => [row.uuid, row]))
    for (const uuid of missing) known.set(uuid, rows.get(uuid) ?? null)
  }
  return uuids.flatMap((uuid) => known.get(uuid) ?? [])
}

/** Uuids of the devices that changed, worked out once of the changes that windows share. */
function changedUuids(changes: readonly Change[], tick: Map<string, unknown>): ReadonlySet<string> {
  const known = tickMap<readonly Change[], ReadonlySet<string>>(tick, 'changed uuids')
  const changed = known.get(changes) ?? new Set(devicesOf(changes).map((change) => change.uuid))
  known.set(changes, changed)
  return changed
}

const tickMap = <K, V>(tick: Map<string, unknown>, name: string): Map<K, V> => {
  const held = (tick.get(name) ?? new Map<K, V>()) as Map<K, V>
  tick.set(name, held)
  return held
}

/** What changes mean for a list: how many match, which of those that changed, and which may have come to another place. */
type ListNews = {
  total: number
  /** Whoever fetched between these changes may have counted another number than before and after them. */
  mayHaveBeenOther: boolean
  matching: ReadonlySet<string>
  moved: ReadonlySet<string>
}

async function readNews(
  list: DeviceList,
  topic: DevicesTopic,
  changes: readonly Change[],
  within: FleetScope,
): Promise<ListNews> {
  const devices = devicesOf(changes)
  const idOf = new Map(devices.map((change) => [change.uuid, change.deviceId]))
  const { total, matching: ids } = await list.match({ ...topic.filter, within }, [...idOf.values()])
  const matching = new Set([...idOf].filter(([, id]) => ids.has(id)).map(([uuid]) => uuid))
  const mayMove = changesAny(movingAspects(topic))
  const mayEnterOrLeave = changesAny(membershipAspects(topic))
  const moved = devices.filter((change) => matching.has(change.uuid) && mayMove(change))
  return {
    total,
    mayHaveBeenOther:
      devices.filter((change) => change.kind === 'device-removed' || mayEnterOrLeave(change)).length > 1,
    matching,
    moved: new Set(moved.map((change) => change.uuid)),
  }
}

/** The windows of one list that are due together are told of the same changes: what they mean is asked once. */
function sharedNews(
  list: DeviceList,
  topic: DevicesTopic,
  changes: readonly Change[],
  tick: Map<string, unknown>,
  within: FleetScope,
): Promise<ListNews> {
  const known = tickMap<readonly Change[], Map<string, Promise<ListNews>>>(tick, 'list news')
  const ofChanges = known.get(changes) ?? new Map<string, Promise<ListNews>>()
  known.set(changes, ofChanges)
  const key = JSON.stringify([topic.filter, topic.sort, within])
  const news = ofChanges.get(key) ?? readNews(list, topic, changes, within)
  ofChanges.set(key, news)
  return news
}

/** Live topics of the device list's window and of one device's page. */
export function provideDeviceTopics(deps: {
  db: Kysely<Schema>
  hub: Hub
  list: DeviceList
  judgeLayers: JudgeLayers
}): void {
  const { db, hub, list } = deps
  /** What a window was last told of how many match, so that it is not told again. */
  const toldTotal = new WeakMap<DevicesTopic, number>()
  hub.provide({
    kind: 'devices',
    minIntervalMs: 200,
    spansFleets: true,
    // A device that moves is told of to both fleets.
    scopeOf: ({ filter }) => String(filter.fleetId ?? 'all'),
    concerns: ({ filter }, change, { within }) =>
      (change.kind === 'device' || change.kind === 'device-removed') &&
      isWithin(within, change.fleetId) &&
      (filter.fleetId === undefined || filter.fleetId === change.fleetId),
    prepare: async (due, tick) => {
      const inside = new Set<string>()
      for (const { topic, changes } of due) {
        const changed = changedUuids(changes, tick)
        for (const uuid of topic.uuids) if (changed.has(uuid)) inside.add(uuid)
      }
      await sharedRows(db, [...inside], tick)
    },
    build: async (topic, changes, tick, { within }) => {
      const { total, mayHaveBeenOther, matching, moved } = await sharedNews(
        list,
        topic,
        changes,
        tick,
        within,
      )
      const changed = changedUuids(changes, tick)
      const window = [...new Set(topic.uuids)]
      const inside = window.filter((uuid) => changed.has(uuid))
      const entered = moved.size - window.filter((uuid) => moved.has(uuid)).length
      const isNothing =
        inside.length === 0 && entered === 0 && !mayHaveBeenOther && toldTotal.get(topic) === total
      toldTotal.set(topic, total)
      if (isNothing) return null
      return {
        // One that moved away is told as left, and nothing else of it.
        upserted: (await sharedRows(db, inside, tick)).filter((row) => isWithin(within, row.fleetId)),
        left: inside.filter((uuid) => !matching.has(uuid)),
        entered,
        total,
      }
    },
  })
  hub.provide({
    kind: 'device',
    // It may move to a fleet that not everybody who watches may see.
    spansFleets: true,
    concerns: (topic, change) =>
      (change.kind === 'device' || change.kind === 'device-removed') && change.uuid === topic.uuid,
    build: async (topic, changes, _tick, { within }) => {
      const found = await readDevice(db, topic.uuid, deps.judgeLayers)
      const device = found !== null && isWithin(within, found.fleetId) ? found : null
      const hasEvents = devicesOf(changes).some(
        (change) => change.kind === 'device' && change.aspects.has('event'),
      )
      return {
        device,
        events: device && hasEvents ? await readEvents(db, device.id, { limit: EVENTS_PER_PATCH }) : [],
      }
    },
  })
}

const changesAny = (aspects: ReadonlySet<DeviceAspect>) => (change: DeviceChange) =>
  change.kind === 'device' && [...change.aspects].some((aspect) => aspects.has(aspect))

/** What must have changed of a device for it to come into this list or to leave it. */
const membershipAspects = ({ filter }: Pick<DevicesTopic, 'filter'>) =>
  movingAspects({ filter, sort: 'name' })

/** What must have changed of a device for it to come into this list or to stand elsewhere in it. */
export function movingAspects({ filter, sort }: Pick<DevicesTopic, 'filter' | 'sort'>): Set<DeviceAspect> {
  const aspects = new Set<DeviceAspect>(['identity'])
  if ((sort ?? 'trouble') === 'trouble' || filter.health.length > 0 || filter.reason.length > 0)
    aspects.add('health')
  if (filter.connectivity.length > 0) aspects.add('connectivity')
  if (filter.update.length > 0 || filter.pinned !== undefined) aspects.add('target').add('report')
  if (filter.release.length > 0 || filter.os.length > 0 || sort === 'release' || sort === 'os')
    aspects.add('report')
  if (filter.tag.length > 0 || filter.q !== '') aspects.add('facts')
  return aspects
}
