import { createHash } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import type { Topic } from '#contract/events'
import type { DeviceReport } from '#contract/device-protocol'
import { checkStore } from '../modules/backup/check-store.service.ts'
import type { Database } from '../platform/db/database.ts'
import { readMigrations } from '../platform/db/migrate.ts'
import type { SourceDevice, SourceLine, SourceRelease } from '../sources/fleet-source.ts'
import { countToPush } from '../sources/mirror/target-push.store.ts'
import { emptyDatabase } from './databases.ts'
import { Scene } from './scene.ts'
import { ScriptedSource } from './scripted-source.ts'

const migrations = path.join(path.dirname(fileURLToPath(import.meta.url)), '../migrations')

/** A name of 32 hexadecimal digits that is always the same. */
export const uuidOf = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 32)
export const pumps = uuidOf('pumps')
export const one = uuidOf('1.0.0')
export const two = uuidOf('2.0.0')
const deviceType = { slug: 'raspberrypi4-64', name: 'Raspberry Pi 4', architecture: 'aarch64' } as const
/** So often every list is read again, and the pause after a failure is over. */
const LONGEST_MS = 31_000

const imageOf = (commit: string) => `registry.example/main@sha256:${commit}`

/** What a device says that runs a release and may be on its way to another. */
export function reportOf(running: string | null, on?: { commit: string; percent: number }): DeviceReport {
  const services = (commit: string, status: string, percent?: number) => ({
    services: {
      main: {
        image: imageOf(commit),
        status,
        ...(percent === undefined ? {} : { download_progress: percent }),
      },
    },
  })
  return {
    os_version: 'balenaOS 6.4.0',
    apps: {
      [pumps]: {
        ...(running === null ? {} : { release_uuid: running }),
        releases: {
          ...(running === null ? {} : { [running]: services(running, 'Running') }),
          ...(on
            ? {
                [on.commit]: {
                  update_status: 'downloading' as const,
                  ...services(on.commit, 'Downloading', on.percent),
                },
              }
            : {}),
        },
      },
    },
  }
}

/** The gateway mirroring a scripted source, a new one for each test: the fleet Pumps is pinned to 1.0.0, which its devices run. */
class MirrorScene {
  database!: Database
  source!: ScriptedSource
  scene!: Scene
  fleetId!: number
  #stops: (() => void)[] = []

  release = (semver: string, more: Partial<SourceRelease> = {}): SourceRelease => ({
    fleetUuid: pumps,
    commit: uuidOf(semver),
    semver,
    status: 'final',
    failureReason: null,
    notes: '',
    composition: { services: { main: { labels: { 'io.balena.update.strategy': 'kill-then-download' } } } },
    createdAt: new Date('2026-01-10T08:00:00Z'),
    finalisedAt: new Date('2026-01-10T08:10:00Z'),
    images: [
      {
        service: 'main',
        image: imageOf(uuidOf(semver)),
        digest: `sha256:${uuidOf(semver)}`,
        sizeBytes: 1_000,
      },
    ],
    ...more,
  })

  device = (name: string, more: Partial<SourceDevice> = {}): SourceDevice => ({
    uuid: uuidOf(name),
    fleetUuid: pumps,
    name,
    deviceType,
    createdAt: new Date('2026-01-11T08:00:00Z'),
    connectivity: 'online',
    connectivityChangedAt: new Date('2026-01-15T11:00:00Z'),
    pin: null,
    publicAddress: '203.0.113.7',
    report: reportOf(one),
    tags: {},
    ...more,
  })

  line = (receivedAt: Date, message: string): SourceLine => ({
    at: receivedAt,
    receivedAt,
    service: 'main',
    isSystem: false,
    isStderr: false,
    message,
  })

  fill(source: ScriptedSource, devices: number): void {
    source.addFleet({
      uuid: pumps,
      name: 'Pumps',
      deviceType,
      target: { kind: 'pinned', commit: one },
      services: ['main'],
    })
    source.addRelease(this.release('1.0.0'))
    source.addRelease(this.release('2.0.0'))
    for (let index = 1; index <= devices; index++) source.addDevice(this.device(`pump ${index}`))
  }

  /** A gateway that leads, so it begins to read. */
  async begin(): Promise<void> {
    this.scene = await Scene.open({
      database: this.database,
      source: this.source,
      // Who is online was heard at most so long and a half before it was read.
      environment: { WHEELHOUSE_POLL_INTERVAL_MS: '1000' },
    })
    await this.scene.app.gateways.start()
  }
  /** The same, and all was read once. */
  async start(): Promise<void> {
    await this.begin()
    await vi.waitFor(async () => expect((await this.reading()).state).toBe('reading'))
    const { fleets } = await this.scene.admin.ok('listFleets')
    this.fleetId = fleets[0]?.id ?? 0
  }
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop()
    await this.scene.close()
  }

  async reading() {
    const { status } = await this.scene.admin.ok('getSource')
    if (!status.reading) throw new Error('the source is not read')
    return status.reading
  }

  /** Lets so much time pass that everything is due, and waits until it was read and what is to be set there was set. */
  async look(ms = LONGEST_MS): Promise<void> {
    this.scene.app.clock.advance(ms)
    const nowMs = this.scene.app.clock.now().getTime()
    await vi.waitFor(async () => {
      const { feeds, waitingTargets, problem } = await this.reading()
      expect({ problem, waitingTargets }).toEqual({ problem: null, waitingTargets: 0 })
      for (const { name, readAt, everySeconds } of feeds)
        if (everySeconds * 1000 <= ms)
          expect({ name, readAt: Date.parse(readAt ?? '') }).toEqual({ name, readAt: nowMs })
    })
    await this.scene.settled()
  }

  /** What was changed here was set there. */
  async pushed(): Promise<void> {
    await vi.waitFor(async () => expect(await countToPush(this.database.db)).toBe(0))
    await this.scene.settled()
  }

  row = async (name: string) =>
    (await this.scene.admin.ok('getDevice', { params: { uuid: uuidOf(name) } })).device
  rows = async () => (await this.scene.admin.ok('listDevices', { query: { sort: 'name' } })).rows
  summaries = async (name: string) =>
    (await this.scene.admin.ok('listDeviceEvents', { params: { uuid: uuidOf(name) } })).rows.map(
      ({ summary }) => summary,
    )
  async releaseId(commit: string): Promise<number> {
    const { id } = await this.database.db
      .selectFrom('release')
      .select('id')
      .where('commit', '=', commit)
      .executeTakeFirstOrThrow()
    return id
  }

  /** Somebody looks at it. Answers how to look away. */
  async watch(topic: Topic): Promise<() => void> {
    const { stop } = await this.scene.app.hub.subscribe(topic, null, {
      userId: 1,
      within: 'all' as const,
      isReady: () => true,
      isDrained: () => true,
      send: () => true,
      resync: () => undefined,
    })
    this.#stops.push(stop)
    return stop
  }

  /** What check-data finds wrong. */
  async wrong() {
    const checked = await checkStore(this.database.db, await readMigrations(migrations), [])
    return checked.filter(({ count }) => count > 0)
  }
}

/** Call at the top of a suite. After each test all that the store holds must fit together. */
export function mirrorScene(open: () => Promise<Database>, devices = 4): MirrorScene {
  const on = new MirrorScene()
  beforeAll(async () => {
    on.database = await open()
  })
  afterAll(() => on.database.close())
  beforeEach(async () => {
    on.source = new ScriptedSource()
    on.fill(on.source, devices)
    await on.start()
  })
  afterEach(async () => {
    await on.stop()
    const wrong = await on.wrong()
    await emptyDatabase(on.database)
    expect(wrong).toEqual([])
  })
  return on
}
