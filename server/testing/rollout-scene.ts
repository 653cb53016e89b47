import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import type { RolloutDetail, RolloutVerb } from '#contract/rollout'
import type { Database } from '../platform/db/database.ts'
import { imageOf, Scene, type SceneDevice } from './scene.ts'

const SOAK_MS = 30_000

/** The gateway for one test file; for each test a fleet pinned to `old`, which its three devices run, and a `next`. */
class RolloutScene {
  database!: Database
  scene!: Scene
  fleet!: FleetSummary
  old!: ReleaseDetail
  next!: ReleaseDetail
  devices!: SceneDevice[]

  fleetParams = () => ({ params: { fleetId: this.fleet.id } })

  async start(more: Record<string, unknown> = {}, releaseId = this.next.id): Promise<number> {
    const { id } = await this.scene.admin.ok('createRollout', {
      ...this.fleetParams(),
      body: { releaseId, ...more },
    })
    await this.scene.settled()
    return id
  }

  async read(rolloutId: number): Promise<RolloutDetail> {
    return (await this.scene.admin.ok('getRollout', { params: { rolloutId } })).rollout
  }

  async act(rolloutId: number, verb: RolloutVerb) {
    const answer = await this.scene.admin.ok('actOnRollout', { params: { rolloutId, verb }, body: {} })
    await this.scene.settled()
    return answer
  }

  /** Lets the soak of whoever verifies come to its end, and these devices be heard after it. */
  async soak(heard: readonly SceneDevice[] = this.devices): Promise<void> {
    this.scene.app.clock.advance(SOAK_MS)
    for (const device of heard) await device.poll()
    await this.scene.app.rollouts.tick()
  }

  /** All devices run the release and stay well. */
  async finish(rolloutId: number, release = this.next): Promise<void> {
    for (const device of this.devices) await device.runs(release)
    await this.soak()
    expect((await this.read(rolloutId)).state).toBe('completed')
  }

  targets = () => Promise.all(this.devices.map((device) => device.target()))

  async policy() {
    return (await this.scene.admin.ok('getFleet', this.fleetParams())).fleet.policy
  }

  pin = (device: SceneDevice | undefined, releaseId: number | null) =>
    this.scene.admin.ok('pinDevice', { params: { uuid: device?.uuid ?? '' }, body: { releaseId } })

  /** What was done to a rollout, newest first. */
  async audited(rolloutId: number): Promise<string[]> {
    return (await this.read(rolloutId)).timeline.map((entry) => entry.action)
  }
}

/** Call at the top of a suite. */
export function rolloutScene(open: () => Promise<Database>): RolloutScene {
  const on = new RolloutScene()
  beforeAll(async () => {
    on.database = await open()
    on.scene = await Scene.on(on.database)
  })
  afterAll(async () => {
    await on.scene.close()
    await on.database.close()
  })
  beforeEach(async () => {
    on.fleet = await on.scene.fleet()
    on.old = await on.scene.release(on.fleet.id, '1.0.0', {
      images: { main: imageOf({ base: 1000, one: 100 }) },
    })
    await on.scene.admin.ok('updateFleet', {
      ...on.fleetParams(),
      body: { policy: { kind: 'pinned', releaseId: on.old.id } },
    })
    on.next = await on.scene.release(on.fleet.id, '2.0.0', {
      images: { main: imageOf({ base: 1000, two: 300 }) },
    })
    on.devices = await on.scene.devices(on.fleet, 3)
    for (const device of on.devices) await device.runs(on.old)
  })
  return on
}
