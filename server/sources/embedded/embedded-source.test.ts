import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import type { Change } from '../../platform/changes.ts'
import type { Database } from '../../platform/db/database.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'
import type { FleetSource } from '../fleet-source.ts'
import { embeddedSource } from './embedded-source.ts'

const unused = () => Promise.reject(new Error('is not asked for here'))

describeOnStores('targets of the gateway as a source', (store) => {
  let database: Database
  let scene: Scene
  let source: FleetSource
  let fleet: FleetSummary
  let release: ReleaseDetail
  let device: SceneDevice
  const published: Change[] = []
  beforeAll(async () => {
    database = await store.open()
    scene = await Scene.on(database)
    const { app } = scene
    app.changes.listen((changes) => published.push(...changes))
    source = embeddedSource({
      db: app.db,
      now: () => app.clock.now(),
      changes: app.changes,
      version: 'test',
      newestLines: unused,
      followLines: unused,
      act: unused,
    })
  })
  afterAll(async () => {
    await scene.close()
    await database.close()
  })
  beforeEach(async () => {
    fleet = await scene.fleet()
    release = await scene.release(fleet.id, '1.0.0')
    await scene.release(fleet.id, '2.0.0')
    const [made] = await scene.devices(fleet, 1)
    if (!made) throw new Error('no device registered')
    device = made
    published.length = 0
  })
  const pin = (
    commit: string | null,
    more: { uuid?: string; fleetUuid?: string; expected?: string } = {},
  ) => ({
    ...{ uuid: device.uuid, fleetUuid: fleet.uuid, expected: null, commit },
    ...more,
  })
  async function failedRelease(): Promise<ReleaseDetail> {
    const failed = await scene.release(fleet.id, '3.0.0')
    const body = { status: 'failed', failureReason: 'does not start' } as const
    return scene.admin.ok('updateRelease', { params: { releaseId: failed.id }, body })
  }
  const pinned = async () => (await device.row()).pinned_release_id

  test('a pin is an event of the device, moves its target and is published', async () => {
    await source.pinDevices([pin(release.commit)])
    expect(await device.target()).toBe(release.id)
    const event = await scene.app.db
      .selectFrom('device_event')
      .select(['kind', 'summary', 'at'])
      .where('device_id', '=', device.id)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    expect(event).toEqual({ kind: 'target', summary: 'Pinned to 1.0.0', at: scene.app.clock.now() })
    const aspects = published.flatMap((change) =>
      change.kind === 'device' && change.uuid === device.uuid ? [...change.aspects] : [],
    )
    expect(new Set(aspects)).toEqual(new Set(['target', 'identity', 'event']))
  })

  test('what is so already is no event', async () => {
    await source.pinDevices([pin(null)])
    expect(published).toEqual([])
  })

  test('a release that its device cannot run is refused in words, and others are set', async () => {
    const failed = await failedRelease()
    const [other] = await scene.devices(fleet, 1)
    const uuid = other?.uuid ?? ''
    const outcomes = await source.pinDevices([pin(release.commit), pin(failed.commit, { uuid })])
    const refusal = expect.stringMatching(/^3\.0\.0 cannot be offered to device \d+$/) as string
    expect(outcomes).toEqual([
      { uuid: device.uuid, pin: release.commit, refusal: null },
      { uuid, pin: null, refusal },
    ])
    expect(await pinned()).toBe(release.id)
  })

  test('no pin is set where one of them names a release that there is not', async () => {
    const [other] = await scene.devices(fleet, 1)
    const pins = [pin(release.commit), pin('e'.repeat(32), { uuid: other?.uuid ?? '' })]
    await expect(source.pinDevices(pins)).rejects.toThrow('has no release with the commit e')
    expect(await pinned()).toBeNull()
  })

  test('a device that was moved to another fleet keeps its pin', async () => {
    const elsewhere = await scene.fleet()
    expect(await source.pinDevices([pin(release.commit, { fleetUuid: elsewhere.uuid })])).toEqual([
      { uuid: device.uuid, pin: null, refusal: null },
    ])
    expect(await pinned()).toBeNull()
  })

  test('a fleet is pinned to a release of its own that did not fail', async () => {
    const set = (commit: string | null) => source.setFleetTarget(fleet.uuid, { kind: 'pinned', commit })
    await set(release.commit)
    expect(await device.target()).toBe(release.id)
    expect(published).toContainEqual({ kind: 'fleet', fleetId: fleet.id })
    await expect(set(null)).rejects.toThrow('must be pinned to a release, not to none')
    await expect(set('e'.repeat(32))).rejects.toThrow('has no release with the commit e')
    await expect(set((await failedRelease()).commit)).rejects.toThrow(
      'The release 3.0.0 failed; it is never offered.',
    )
  })
})
