import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { z } from 'zod'
import type { ImageInfo, ReleaseDetail, createReleaseBody } from '#contract/release'
import type { FleetSummary } from '#contract/fleet'
import type { Role } from '#contract/session'
import type { Database } from '../platform/db/database.ts'
import { startTestApp, type TestApp } from './test-app.ts'
import { TestClient } from './test-client.ts'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')

/** One service, its image under a digest, as a release needs it. */
export const composeOf = (services: Record<string, string>) =>
  `services:\n${Object.entries(services)
    .map(([name, image]) => `  ${name}:\n    image: ${image}\n`)
    .join('')}`

/** Layers with these names and sizes; the same name is the same layer. */
export const imageOf = (layers: Record<string, number>): ImageInfo => ({
  sizeBytes: Object.values(layers).reduce((sum, size) => sum + size, 0),
  layers: Object.entries(layers).map(([name, sizeBytes]) => ({ digest: `sha256:${name}`, sizeBytes })),
})

/** The true gateway with people and devices that talk to it over HTTP. */
export class Scene {
  readonly app: TestApp
  readonly admin: TestClient

  private constructor(app: TestApp, admin: TestClient) {
    this.app = app
    this.admin = admin
  }

  static async open(options: Parameters<typeof startTestApp>[0] = {}): Promise<Scene> {
    const app = await startTestApp(options)
    return new Scene(app, new TestClient(app, await app.as('admin')))
  }

  /** People and devices that talk to a gateway that was started elsewhere. */
  static async around(app: TestApp): Promise<Scene> {
    return new Scene(app, new TestClient(app, await app.as('admin')))
  }

  static on = (database: Database) => Scene.open({ database })

  async as(role: Role): Promise<TestClient> {
    return new TestClient(this.app, await this.app.as(role))
  }

  fleet(deviceType = 'raspberrypi4-64'): Promise<FleetSummary> {
    return this.admin.ok('createFleet', { body: { name: `Fleet ${hex(4)}`, deviceType } })
  }

  release(
    fleetId: number,
    semver: string,
    more: Partial<z.input<typeof createReleaseBody>> = {},
  ): Promise<ReleaseDetail> {
    return this.admin.ok('createRelease', {
      params: { fleetId },
      body: { semver, composeYaml: composeOf({ main: `registry.example/main:${semver}` }), ...more },
    })
  }

  /** Devices that registered and polled once, so that they are online, in the order of their names. */
  async devices(
    fleet: FleetSummary,
    count: number,
    more: { deviceType?: string; isSilent?: boolean } = {},
  ): Promise<SceneDevice[]> {
    const key = await this.admin.ok('createProvisioningKey', {
      params: { fleetId: fleet.id },
      body: { name: 'factory' },
    })
    const devices: SceneDevice[] = []
    for (let index = 0; index < count; index++) {
      const uuid = hex(16)
      const answer = await this.app.app.inject({
        method: 'POST',
        url: '/device/register',
        headers: { authorization: `Bearer ${key.secret}` },
        payload: {
          application: fleet.id,
          uuid,
          device_type: more.deviceType ?? fleet.deviceType.slug,
          api_key: hex(16),
        },
      })
      expect(answer.statusCode, answer.body).toBe(201)
      const { id, api_key } = answer.json<{ id: number; api_key: string }>()
      const device = new SceneDevice(this.app, { id, uuid, key: api_key, fleetUuid: fleet.uuid })
      await this.app.db
        .updateTable('device')
        .set({ name: `device ${String(id).padStart(4, '0')}` })
        .where('id', '=', id)
        .execute()
      if (more.isSilent !== true) await device.poll()
      devices.push(device)
    }
    return devices
  }

  /** Lets everything that a report or a click set off come to its end. */
  settled = () => this.app.rollouts.idle()

  close = () => this.app.close()
}

/** A device that speaks the device protocol to the gateway under test. */
export class SceneDevice {
  readonly id: number
  readonly uuid: string
  readonly key: string
  readonly #app: TestApp
  readonly #fleetUuid: string

  constructor(app: TestApp, of: { id: number; uuid: string; key: string; fleetUuid: string }) {
    this.#app = app
    this.id = of.id
    this.uuid = of.uuid
    this.key = of.key
    this.#fleetUuid = of.fleetUuid
  }

  async poll(): Promise<void> {
    const answer = await this.#app.app.inject({
      url: `/device/v3/${this.uuid}/state`,
      headers: { authorization: `Bearer ${this.key}` },
    })
    expect(answer.statusCode, answer.body).toBe(200)
    // A poll is answered before it is noted.
    await this.#app.deviceApi.flush()
    await this.#app.rollouts.idle()
  }

  async report(part: Record<string, unknown>): Promise<void> {
    const answer = await this.#app.app.inject({
      method: 'PATCH',
      url: '/device/v3/state',
      headers: { authorization: `Bearer ${this.key}` },
      payload: { [this.uuid]: part },
    })
    expect(answer.statusCode, answer.body).toBe(200)
    await this.#app.rollouts.idle()
  }

  /** Reports how far it is with a release: `downloading` (percent), `rejected` … */
  reports(release: ReleaseDetail, update_status: string, progress?: number): Promise<void> {
    return this.report({ apps: this.#apps(release, update_status, progress, undefined) })
  }

  /** Reports that it runs a release. */
  runs(release: ReleaseDetail): Promise<void> {
    return this.report({ apps: this.#apps(release, 'done', undefined, release.commit) })
  }

  #apps(release: ReleaseDetail, update_status: string, progress?: number, commit?: string) {
    const services = Object.fromEntries(
      release.services.map((service) => [
        service.name,
        {
          image: service.image,
          status: update_status === 'downloading' ? 'Downloading' : 'Running',
          ...(progress === undefined ? {} : { download_progress: progress }),
        },
      ]),
    )
    return {
      [this.#fleetUuid]: {
        ...(commit === undefined ? {} : { release_uuid: commit }),
        releases: { [release.commit]: { update_status, services } },
      },
    }
  }

  row = () =>
    this.#app.db.selectFrom('device').selectAll().where('id', '=', this.id).executeTakeFirstOrThrow()

  async target(): Promise<number | null> {
    return (await this.row()).target_release_id
  }
}
