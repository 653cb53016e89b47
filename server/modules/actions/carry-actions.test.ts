import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { actionRequest, type ActionKind } from '#contract/device-action'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { seedDevice, seedFleet, type SeededFleet } from '../../testing/fleet-seed.ts'
import { insertActions, readActions, type Touched } from './actions.store.ts'
import { ActionCarrier, type Act } from './carry-actions.ts'

const now = () => new Date('2026-03-01T12:00:00Z')

describeOnStores('actions of devices that talk to another backend', ({ open }) => {
  let database: Database
  let fleet: SeededFleet
  let device: Awaited<ReturnType<typeof seedDevice>>
  let changed: Touched[]
  beforeAll(async () => {
    database = await open()
    fleet = await seedFleet(database.db)
  })
  beforeEach(async () => {
    device = await seedDevice(database.db, fleet)
    await database.db
      .updateTable('device')
      .set({ is_asked_by_source: true, connectivity: 'online' })
      .where('id', '=', device.deviceId)
      .execute()
    changed = []
  })
  afterAll(() => database.close())

  const ask = (kind: ActionKind, serviceName?: string) =>
    insertActions(
      database.db,
      [device.deviceId],
      { ...actionRequest.parse(serviceName === undefined ? {} : { serviceName }), kind },
      'Ada',
      now(),
    )
  const carrier = (act: Act) =>
    new ActionCarrier({
      db: database.db,
      now,
      log: pino({ level: 'silent' }),
      changed: (rows) => changed.push(...rows),
      act,
    })
  const stored = () => readActions(database.db, device.uuid, { before: null, limit: 10 })

  test('are handed on once, with what they are about, and are done when the supervisor took them', async () => {
    const [row] = await ask('stop-service', 'main')
    expect(row).toMatchObject({ way: 'source', state: 'queued', message: null })
    const act = vi.fn<Act>(() => Promise.resolve())
    const one = carrier(act)
    const other = carrier(act)
    one.look()
    other.look()
    await Promise.all([one.idle(), other.idle()])
    expect(act.mock.calls).toEqual([
      [
        {
          uuid: device.uuid,
          fleetUuid: fleet.fleetUuid,
          kind: 'stop-service',
          serviceName: 'main',
          isForced: false,
        },
      ],
    ])
    expect(await stored()).toMatchObject([{ state: 'done', message: 'Its supervisor took it' }])
    expect(changed.map(({ uuid }) => uuid)).toEqual([device.uuid, device.uuid])
  })

  test('fail with the words of the backend, and what is asked meanwhile is handed on after them', async () => {
    await ask('reboot')
    const act = vi.fn<Act>(async ({ kind }) => {
      if (kind !== 'reboot') return
      await ask('identify')
      one.look()
      throw new Error('The device is not connected to the VPN')
    })
    const one = carrier(act)
    one.look()
    await one.idle()
    expect(await stored()).toMatchObject([
      { kind: 'identify', state: 'done' },
      { kind: 'reboot', state: 'failed', message: 'The device is not connected to the VPN' },
    ])
  })
})
