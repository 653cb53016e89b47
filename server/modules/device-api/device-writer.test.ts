import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceReport } from '#contract/device-protocol'
import type { Database } from '../../platform/db/database.ts'
import { testPglite } from '../../testing/databases.ts'
import { seedDevice, seedFleet, seedRelease } from '../../testing/fleet-seed.ts'
import type { Judge } from './device-state.ts'
import type { DeviceInput } from './device-step.ts'
import { makeDeviceWriter } from './device-writer.ts'
import { RememberedDevices } from './remembered-devices.ts'

let database: Database
beforeAll(async () => {
  database = await testPglite.open()
})
afterAll(() => database.close())

/** Enough of a verdict to see what it was made from. */
const judge: Judge = (state) => ({
  health: state.services.some((service) => service.status !== 'Running') ? 'attention' : 'ok',
  reasons: [],
  nextCheckAtMs: null,
})

async function scene() {
  const { db } = database
  const fleet = await seedFleet(db)
  const release = await seedRelease(db, fleet.fleetId, { services: { main: {}, side: {} } })
  const next = await seedRelease(db, fleet.fleetId, { semver: '2.0.0', isTarget: false })
  const appsOf = (status: string): NonNullable<DeviceReport['apps']> => ({
    [fleet.fleetUuid]: {
      release_uuid: release.commit,
      releases: {
        [release.commit]: {
          update_status: 'done',
          services: { main: { image: release.images['main'] ?? '', status } },
        },
      },
    },
  })
  const device = () => seedDevice(db, fleet, { targetReleaseId: release.releaseId })
  return {
    next,
    apps: { running: appsOf('Running'), exited: appsOf('exited') },
    devices: [await device(), await device()],
  }
}

const report = fc.record(
  {
    status: fc.constantFrom('Idle', 'Busy'),
    memory_usage: fc.constantFrom(300, 400),
    memory_total: fc.constant(1000),
    cpu_usage: fc.constantFrom(1, 2),
    which: fc.constantFrom('running', 'exited'),
  },
  { requiredKeys: [] },
)
const said = fc.oneof(
  { weight: 6, arbitrary: report.map((part) => ({ kind: 'report' as const, part })) },
  fc.constant({ kind: 'poll' as const }),
  fc.constantFrom('3', '4', 'many').map((count) => ({ kind: 'tags' as const, count })),
  fc.constant({ kind: 'service-exit' as const }),
)
const turn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(said, { minLength: 1, maxLength: 3 }).map((all) => ({ kind: 'say' as const, all })),
  },
  fc.constantFrom(1_000, 61_000).map((ms) => ({ kind: 'wait' as const, ms })),
  fc.constantFrom('target', 'state', 'stop').map((what) => ({ kind: 'other' as const, what })),
)

type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never
const running = { kind: 'report', part: { which: 'running' } } as const
/** In one group: what the tags say of restarts, which the services of the report are told with. */
const tagsBeforeTheSameApps: Turn[] = [
  { kind: 'say', all: [running, { kind: 'tags', count: '3' }] },
  { kind: 'say', all: [running] },
  { kind: 'say', all: [{ kind: 'tags', count: 'many' }, running] },
]

/** The row, its services and events, without what tells devices apart or only when one was heard. */
async function storedOf(deviceId: number) {
  const { db } = database
  const row = await db.selectFrom('device').selectAll().where('id', '=', deviceId).executeTakeFirstOrThrow()
  const { memoryRise, ...memory } = row.health_memory
  const services = await db
    .selectFrom('device_service')
    .select(['service_name', 'status', 'restarts'])
    .where('device_id', '=', deviceId)
    .orderBy('service_name')
    .execute()
  const events = await db
    .selectFrom('device_event')
    .select(['kind', 'summary', 'at'])
    .where('device_id', '=', deviceId)
    .orderBy('id')
    .execute()
  const own = { id: 0, uuid: '', name: '', key_hash: '', created_at: 0, joined_at: 0, revision: 0 }
  const heard = { last_seen_at: 0, last_report_at: 0, metrics_at: 0 }
  const rise = memoryRise && { fromMib: memoryRise.fromMib, peakMib: memoryRise.peakMib }
  return { row: { ...row, ...own, ...heard, health_memory: { ...memory, rise } }, services, events }
}

test('what is remembered leads to the same rows as reading before each write', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 10 }), async (turns) => {
      const { db } = database
      const { apps, devices, next } = await scene()
      let nowMs = Date.parse('2026-01-15T12:00:00.000Z')
      const deps = {
        db,
        now: () => new Date(nowMs),
        listeningSinceMs: () => Date.parse('2026-01-15T12:00:00.000Z'),
        metricSpacingMs: 60_000,
        maxQueued: 100,
        judge,
        publish: () => undefined,
      }
      const writers = [
        makeDeviceWriter(deps, new RememberedDevices(10)),
        makeDeviceWriter(deps, new RememberedDevices(0)),
      ]
      const toInput = (one: (typeof turns)[number] & { kind: 'say' }, deviceId: number) =>
        one.all.map((word): DeviceInput => {
          if (word.kind === 'poll')
            return { ...word, deviceId, pollIntervalMs: 600_000, publicAddress: '192.0.2.1' }
          if (word.kind === 'tags')
            return { kind: 'tags', deviceId, tags: { 'service.main.restarts': word.count } }
          if (word.kind === 'service-exit') return { ...word, deviceId, services: ['main'] }
          const { which, ...part } = word.part
          return { kind: 'report', deviceId, report: { ...part, ...(which ? { apps: apps[which] } : {}) } }
        })
      for (const one of turns) {
        if (one.kind === 'wait') nowMs += one.ms
        for (const [index, { deviceId }] of devices.entries()) {
          if (one.kind === 'say') await writers[index]?.write(toInput(one, deviceId))
          if (one.kind !== 'other') continue
          if (one.what === 'stop')
            await db
              .insertInto('device_stopped_service')
              .values({ device_id: deviceId, service_name: 'main', stopped_at: new Date(nowMs) })
              .onConflict((conflict) => conflict.doNothing())
              .execute()
          else
            await db
              .updateTable('device')
              .set(
                one.what === 'target' ? { target_release_id: next.releaseId } : { update_state: 'waiting' },
              )
              .where('id', '=', deviceId)
              .execute()
        }
      }
      const [remembering, reading] = await Promise.all(devices.map(({ deviceId }) => storedOf(deviceId)))
      expect(remembering).toEqual(reading)
    }),
    { numRuns: 20, examples: [[tagsBeforeTheSameApps]] },
  )
}, 120_000)
