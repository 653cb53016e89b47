import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { FleetSummary } from '#contract/fleet'
import type { ReleaseDetail } from '#contract/release'
import { LivePage } from './live-page.ts'
import { Scene, type SceneDevice } from './scene.ts'

/** The gateway listening for one test file, with a fleet, a device in it and a rollout on its way, and pages that watch. */
class LiveScene {
  scene!: Scene
  url!: string
  fleet!: FleetSummary
  release!: ReleaseDetail
  device!: SceneDevice
  rolloutId!: number
  batchId!: number
  readonly pages: LivePage[] = []
  #serial = 0

  /** A page of somebody signed in, a viewer unless told otherwise. */
  async open(headers?: Record<string, string>): Promise<LivePage> {
    const page = new LivePage(this.url, headers ?? (await this.scene.app.signedIn('viewer')))
    this.pages.push(page)
    return page.connect()
  }

  /** One turn of the hub, far enough from the last that nothing is held back. */
  async tick(): Promise<void> {
    await this.scene.settled()
    this.scene.app.clock.advance(5_000)
    await this.scene.app.hub.tick()
  }

  rename = () =>
    this.scene.admin.ok('updateDevice', {
      params: { uuid: this.device.uuid },
      body: { name: `name ${++this.#serial}` },
    })

  progress = () => this.device.reports(this.release, 'downloading', ++this.#serial % 100)

  /** Pauses the rollout, or lets it go on. */
  async turn(): Promise<void> {
    const { rolloutId } = this
    const { rollout } = await this.scene.admin.ok('getRollout', { params: { rolloutId } })
    const verb = rollout.state === 'paused' ? 'resume' : 'pause'
    await this.scene.admin.ok('actOnRollout', { params: { rolloutId, verb }, body: {} })
  }

  note = () =>
    this.scene.admin.ok('updateRelease', {
      params: { releaseId: this.release.id },
      body: { notes: `note ${++this.#serial}` },
    })

  /** Something became of the bulk action. */
  async ended(): Promise<void> {
    await this.scene.app.db
      .updateTable('device_action')
      .set({ message: `message ${++this.#serial}` })
      .where('batch_id', '=', this.batchId)
      .execute()
    this.scene.app.changes.publish([{ kind: 'action-batch', batchId: this.batchId }])
  }

  async log(): Promise<void> {
    const answer = await this.scene.app.app.inject({
      method: 'POST',
      url: `/device/v2/${this.device.uuid}/logs`,
      headers: { authorization: `Bearer ${this.device.key}` },
      payload: [
        {
          message: `line ${++this.#serial}`,
          timestamp: this.scene.app.clock.now().getTime(),
          isSystem: true,
        },
      ],
    })
    expect(answer.statusCode).toBeLessThan(300)
    await this.scene.app.deviceApi.flush()
  }
}

/** Call at the top of a suite. */
export function liveScene(): LiveScene {
  const on = new LiveScene()
  beforeAll(async () => {
    on.scene = await Scene.open()
    on.url = await on.scene.app.listen()
    on.fleet = await on.scene.fleet()
    const params = { fleetId: on.fleet.id }
    const first = await on.scene.release(on.fleet.id, '1.0.0')
    await on.scene.admin.ok('updateFleet', {
      params,
      body: { policy: { kind: 'pinned', releaseId: first.id } },
    })
    on.release = await on.scene.release(on.fleet.id, '2.0.0')
    const [device] = await on.scene.devices(on.fleet, 1)
    if (!device) throw new Error('no device registered')
    on.device = device
    on.rolloutId = (
      await on.scene.admin.ok('createRollout', { params, body: { releaseId: on.release.id } })
    ).id
    const asked = await on.scene.admin.ok('bulkDevices', {
      body: {
        selection: { kind: 'uuids', uuids: [device.uuid] },
        operation: { kind: 'action', action: 'override-lock', overrideMinutes: 60 },
        isPreview: false,
      },
    })
    on.batchId = asked.batchId ?? 0
    await on.scene.settled()
  })
  afterAll(() => on.scene.close())
  afterEach(() => {
    for (const page of on.pages.splice(0)) page.close()
  })
  return on
}
