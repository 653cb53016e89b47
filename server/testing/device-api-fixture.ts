import { afterAll, beforeAll, beforeEach } from 'vitest'
import { deviceCalls, type DeviceCalls } from './device-calls.ts'
import {
  seedDevice,
  seedFleet,
  seedRelease,
  type SeededDevice,
  type SeededFleet,
  type SeededRelease,
} from './fleet-seed.ts'
import { startTestApp, type TestApp } from './test-app.ts'

/** The gateway listening for one test file; for each test a fleet with a release of `main` and `side`, and a device. */
export class DeviceApiFixture {
  app!: TestApp
  calls!: DeviceCalls
  url!: string
  fleet!: SeededFleet
  release!: SeededRelease
  device!: SeededDevice

  /** The row of the device. */
  stored = () =>
    this.app.db
      .selectFrom('device')
      .selectAll()
      .where('id', '=', this.device.deviceId)
      .executeTakeFirstOrThrow()

  services = () =>
    this.app.db
      .selectFrom('device_service')
      .select(['service_name as name', 'release_commit as commit', 'status', 'restarts'])
      .where('device_id', '=', this.device.deviceId)
      .orderBy('service_name')
      .execute()

  /** Events of the device, oldest first. */
  events = (kind?: string) =>
    this.app.db
      .selectFrom('device_event')
      .select(['kind', 'layer', 'severity', 'summary', 'data', 'at'])
      .where('device_id', '=', this.device.deviceId)
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
      .orderBy('id')
      .execute()

  logLines = () =>
    this.app.db
      .selectFrom('log_line')
      .selectAll()
      .where('device_id', '=', this.device.deviceId)
      .orderBy('id')
      .execute()

  /** Deletes the device as the page does. */
  async remove(): Promise<void> {
    await this.app.db
      .updateTable('device')
      .set({ deleted_at: this.app.clock.now() })
      .where('id', '=', this.device.deviceId)
      .execute()
    this.app.changes.publish([{ kind: 'device-removed', ...this.device }])
  }

  /** An `apps` part of a report in which the services of the release have these statuses. */
  appsOf(statuses: Record<string, unknown>, more: Record<string, unknown> = {}) {
    const { commit, images } = this.release
    const services = Object.fromEntries(
      Object.entries(statuses).map(([name, status]) => [name, { image: images[name], status }]),
    )
    return {
      [this.fleet.fleetUuid]: { releases: { [commit]: { update_status: 'done', services } }, ...more },
    }
  }
}

/** Call at the top of a test file. */
export function deviceApiFixture(environment: Record<string, string> = {}): DeviceApiFixture {
  const fixture = new DeviceApiFixture()
  beforeAll(async () => {
    fixture.app = await startTestApp({ environment })
    fixture.url = await fixture.app.listen()
    fixture.calls = deviceCalls(fixture.url)
  })
  afterAll(() => fixture.app.close())
  beforeEach(async () => {
    const { db } = fixture.app
    fixture.fleet = await seedFleet(db)
    fixture.release = await seedRelease(db, fixture.fleet.fleetId, {
      services: {
        main: { image: 'Registry.Example/Main@sha256:AB', environment: { RATE: '1', COLOUR: 'red' } },
        side: { labels: { 'io.balena.update.strategy': 'hand-over' } },
      },
    })
    fixture.device = await seedDevice(db, fixture.fleet, { targetReleaseId: fixture.release.releaseId })
  })
  return fixture
}
