import type { Kysely } from 'kysely'
import type { DeviceRow } from '#contract/device'
import type { Topic } from '#contract/events'
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

/** Rows that several windows show are read once a tick. */
async function sharedRows(
  db: Kysely<Schema>,
  uuids: readonly string[],
  tick: Map<string, unknown>,
): Promise<DeviceRow[]> {
  const known = (tick.get('rows') ?? new Map<string, DeviceRow>()) as Map<string, DeviceRow>
  tick.set('rows', known)
  const missing = uuids.filter((uuid) => !known.has(uuid))
  if (missing.length > 0) for (const row of await rowsByUuid(db, missing)) known.set(row.uuid, row)
  return uuids.flatMap((uuid) => known.get(uuid) ?? [])
}

/** Live topics of the device list's window and of one device's page. */
export function provideDeviceTopics(deps: {
  db: Kysely<Schema>
  hub: Hub
  list: DeviceList
  judgeLayers: JudgeLayers
}): void {
  const { db, hub, list } = deps
  hub.provide({
    kind: 'devices',
    minIntervalMs: 200,
    concerns: (topic, change) =>
      (change.kind === 'device' || change.kind === 'device-removed') &&
      (topic.filter.fleetId === undefined ||
        topic.filter.fleetId === change.fleetId ||
        topic.uuids.includes(change.uuid)),
    build: async (topic, changes, tick) => {
      const window = new Set(topic.uuids)
      const changed = new Map(devicesOf(changes).map((change) => [change.uuid, change.deviceId]))
      const { total, matching: ids } = await list.match(topic.filter, [...changed.values()])
      const matching = new Set([...changed].filter(([, id]) => ids.has(id)).map(([uuid]) => uuid))
      const inside = [...changed.keys()].filter((uuid) => window.has(uuid))
      return {
        upserted: await sharedRows(db, inside, tick),
        left: inside.filter((uuid) => !matching.has(uuid)),
        entered: countNew(topic, devicesOf(changes), window, matching),
        total,
      }
    },
  })
  hub.provide({
    kind: 'device',
    concerns: (topic, change) =>
      (change.kind === 'device' || change.kind === 'device-removed') && change.uuid === topic.uuid,
    build: async (topic, changes) => {
      const device = await readDevice(db, topic.uuid, deps.judgeLayers)
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

/** Devices outside the window that match now and may not have before, or stood elsewhere. */
function countNew(
  topic: DevicesTopic,
  changes: readonly DeviceChange[],
  window: ReadonlySet<string>,
  matching: ReadonlySet<string>,
): number {
  const aspects = movingAspects(topic)
  const moved = changes.filter(
    (change) => change.kind === 'device' && [...change.aspects].some((aspect) => aspects.has(aspect)),
  )
  return new Set(moved.map((change) => change.uuid).filter((uuid) => !window.has(uuid) && matching.has(uuid)))
    .size
}
