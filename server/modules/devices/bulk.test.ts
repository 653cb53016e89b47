import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deviceFilter, type BulkOperation } from '#contract/device'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'

describeOnStores('one operation on many devices', ({ open }) => {
  let database: Database
  let scene: Scene
  let fleet: FleetSummary
  let current: ReleaseDetail
  let other: ReleaseDetail
  let devices: SceneDevice[]
  beforeAll(async () => {
    database = await open()
    scene = await Scene.on(database)
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })
  beforeEach(async () => {
    fleet = await scene.fleet()
    current = await scene.release(fleet.id, '1.0.0')
    other = await scene.release(fleet.id, '1.1.0', { isDraft: true })
    devices = [...(await scene.devices(fleet, 2)), ...(await scene.devices(fleet, 1, { isSilent: true }))]
    // They have kept a socket before: what needs one can wait for them.
    await database.db
      .updateTable('device')
      .set({ action_channel_at: scene.app.clock.now() })
      .where('fleet_id', '=', fleet.id)
      .execute()
  })

  const uuids = () => devices.map((device) => device.uuid)
  const run = (operation: BulkOperation, isPreview: boolean, selection = uuids()) =>
    scene.admin.ok('bulkDevices', {
      body: { selection: { kind: 'uuids', uuids: selection }, operation, isPreview },
    })
  const targets = () => Promise.all(devices.map((device) => device.target()))
  const lastAudit = async () => (await scene.admin.ok('listAudit', { query: { limit: 1 } })).rows[0]
  const eventsOf = async (device: SceneDevice | undefined) =>
    (await scene.admin.ok('listDeviceEvents', { params: { uuid: device?.uuid ?? '' } })).rows

  test('a preview answers what applying would, and changes nothing', async () => {
    const operations: BulkOperation[] = [
      { kind: 'pin', releaseId: other.id },
      { kind: 'tag', key: 'site', value: 'north' },
      { kind: 'action', action: 'identify', force: false },
      { kind: 'unpin' },
      { kind: 'untag', key: 'site' },
    ]
    for (const operation of operations) {
      const before = await database.db
        .selectFrom('device')
        .selectAll()
        .where('fleet_id', '=', fleet.id)
        .orderBy('id')
        .execute()
      const audit = await lastAudit()
      const preview = await run(operation, true)
      expect(
        await database.db
          .selectFrom('device')
          .selectAll()
          .where('fleet_id', '=', fleet.id)
          .orderBy('id')
          .execute(),
      ).toEqual(before)
      expect(await lastAudit()).toEqual(audit)
      expect(preview).toMatchObject({ matched: 3, applied: 3, offline: 1, refused: [] })
      const done = await run(operation, false)
      expect({ ...done, batchId: null }).toEqual(preview)
      expect(done.batchId !== null).toBe(operation.kind === 'action')
      expect(await lastAudit()).toMatchObject({ action: `devices.${operation.kind}`, subjectKind: 'devices' })
    }
  })

  test('pin and unpin move the targets, with an event on each device', async () => {
    await run({ kind: 'pin', releaseId: other.id }, false)
    expect(await targets()).toEqual([other.id, other.id, other.id])
    expect((await eventsOf(devices[0]))[0]).toMatchObject({ kind: 'target', summary: 'Pinned to 1.1.0' })
    await run({ kind: 'unpin' }, false)
    expect(await targets()).toEqual([current.id, current.id, current.id])
    const refused = await run({ kind: 'unpin' }, true)
    expect(refused).toMatchObject({ applied: 0, refused: [{ reason: 'Is not pinned', count: 3 }] })
    expect(refused.refused[0]?.examples).toHaveLength(3)
  })

  test('an unpinned device follows its fleet, not what a rollout once assigned', async () => {
    const rollout = await scene.admin.ok('createRollout', {
      params: { fleetId: fleet.id },
      body: { releaseId: other.id, filter: deviceFilter.parse({ q: devices[0]?.uuid }) },
    })
    await scene.settled()
    await devices[0]?.runs(other)
    scene.app.clock.advance(30_000)
    // It succeeds when it is heard after its soak.
    await devices[0]?.poll()
    await scene.app.rollouts.tick()
    expect((await scene.admin.ok('getRollout', { params: { rolloutId: rollout.id } })).rollout.state).toBe(
      'completed',
    )
    await run({ kind: 'pin', releaseId: current.id }, false)
    await run({ kind: 'unpin' }, false)
    expect(await targets()).toEqual([current.id, current.id, current.id])
  })

  test('tags are set and removed, but not those devices give themselves', async () => {
    await run({ kind: 'tag', key: 'site', value: 'north' }, false)
    const page = await scene.admin.ok('listDevices', { query: { fleetId: fleet.id, tag: ['site:north'] } })
    expect(page.total).toBe(3)
    await run({ kind: 'untag', key: 'site' }, false, uuids().slice(0, 1))
    expect(await run({ kind: 'untag', key: 'site' }, true)).toMatchObject({
      applied: 2,
      refused: [{ reason: 'Does not have this tag', count: 1 }],
    })
    const refusal = await scene.admin.refused('bulkDevices', 400, {
      body: {
        selection: { kind: 'uuids', uuids: uuids() },
        operation: { kind: 'tag', key: 'hostos.slot', value: 'A' },
        isPreview: true,
      },
    })
    expect(refusal.errors?.[0]?.field).toBe('body.operation.key')
  })

  test('a move takes variables along, leaves pins behind, and both fleets count anew', async () => {
    const goal = await scene.fleet()
    const goalRelease = await scene.release(goal.id, '5.0.0')
    const nuc = await scene.fleet('intel-nuc')
    const [device] = devices
    await run({ kind: 'pin', releaseId: other.id }, false)
    await scene.admin.ok('setDeviceVariable', {
      params: { uuid: device?.uuid ?? '' },
      body: { kind: 'environment', name: 'SITE', value: 'north' },
    })
    expect(await run({ kind: 'move', fleetId: nuc.id }, true)).toMatchObject({
      applied: 0,
      refused: [{ reason: 'Its device type cannot run images of this fleet', count: 3 }],
    })
    await run({ kind: 'move', fleetId: goal.id }, false)
    expect(await targets()).toEqual([goalRelease.id, goalRelease.id, goalRelease.id])
    expect((await device?.row())?.pinned_release_id).toBeNull()
    const { variables } = await scene.admin.ok('listDeviceVariables', {
      params: { uuid: device?.uuid ?? '' },
    })
    expect(variables).toEqual([expect.objectContaining({ name: 'SITE', value: 'north', isEffective: true })])
    const total = async (fleetId: number) =>
      (await scene.admin.ok('getFleet', { params: { fleetId } })).fleet.devices.total
    expect([await total(fleet.id), await total(goal.id)]).toEqual([0, 3])
    expect(await run({ kind: 'move', fleetId: goal.id }, true)).toMatchObject({
      refused: [{ reason: 'Is in this fleet already', count: 3 }],
    })
    // The device still runs the old fleet's release when that fleet goes.
    await device?.runs(current)
    await scene.admin.ok('deleteFleet', { params: { fleetId: fleet.id } })
    expect((await device?.row())?.current_release_id).toBeNull()
  })

  test('a device that a rollout owns is not moved away under it', async () => {
    await scene.admin.ok('createRollout', { params: { fleetId: fleet.id }, body: { releaseId: other.id } })
    const goal = await scene.fleet()
    expect(await run({ kind: 'move', fleetId: goal.id }, true)).toMatchObject({
      applied: 0,
      refused: [{ reason: 'A running rollout owns it', count: 3 }],
    })
  })

  test('all that match a filter, but only as many as were seen', async () => {
    const selection = (expectedCount: number) => ({
      kind: 'filter' as const,
      filter: deviceFilter.parse({ fleetId: fleet.id, connectivity: ['online'] }),
      expectedCount,
    })
    const operation = { kind: 'tag' as const, key: 'row', value: '1' }
    const refusal = await scene.admin.refused('bulkDevices', 409, {
      body: { selection: selection(3), operation, isPreview: false },
    })
    expect(refusal).toMatchObject({ code: 'selection-changed' })
    expect(refusal.detail).toContain('2 devices, not 3')
    const result = await scene.admin.ok('bulkDevices', {
      body: { selection: selection(2), operation, isPreview: false },
    })
    expect(result).toMatchObject({ matched: 2, applied: 2 })
  })

  test('what is gone is said, and what is not meant for a device is refused', async () => {
    const gone = 'd'.repeat(32)
    expect(await run({ kind: 'tag', key: 'a', value: 'b' }, true, [...uuids(), gone])).toMatchObject({
      matched: 3,
      refused: [{ reason: 'Is no longer there', count: 1, examples: [gone] }],
    })
    const elsewhere = await scene.release((await scene.fleet()).id, '1.0.0')
    expect(await run({ kind: 'pin', releaseId: elsewhere.id }, true)).toMatchObject({
      applied: 0,
      refused: [{ reason: 'Belongs to another fleet than the release', count: 3 }],
    })
    for (const [operation, field] of [
      [{ kind: 'pin', releaseId: 999_999 }, 'body.operation.releaseId'],
      [{ kind: 'move', fleetId: 999_999 }, 'body.operation.fleetId'],
      [{ kind: 'action', action: 'restart-service', force: false }, 'body.operation.serviceName'],
    ] as const) {
      const refusal = await scene.admin.refused('bulkDevices', 400, {
        body: { selection: { kind: 'uuids', uuids: uuids() }, operation, isPreview: false },
      })
      expect(refusal.errors?.[0]?.field).toBe(field)
    }
  })

  test('the role depends on the operation', async () => {
    const support = await scene.as('support')
    const body = (operation: BulkOperation) => ({
      selection: { kind: 'uuids' as const, uuids: uuids() },
      operation,
      isPreview: true,
    })
    await support.ok('bulkDevices', { body: body({ kind: 'tag', key: 'a', value: 'b' }) })
    await support.ok('bulkDevices', { body: body({ kind: 'action', action: 'reboot', force: false }) })
    for (const operation of [
      { kind: 'pin', releaseId: other.id },
      { kind: 'unpin' },
      { kind: 'move', fleetId: fleet.id },
    ] satisfies BulkOperation[])
      await support.refused('bulkDevices', 403, { body: body(operation) })
  })

  test('an action is asked of every device', async () => {
    await run({ kind: 'action', action: 'restart-service', serviceName: 'main', force: true }, false)
    for (const uuid of uuids()) {
      const { actions } = await scene.admin.ok('listActions', { params: { uuid } })
      expect(actions).toEqual([expect.objectContaining({ kind: 'restart-service', serviceName: 'main' })])
    }
  })
})
