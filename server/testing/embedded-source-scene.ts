import { expect } from 'vitest'
import type { LogLine } from '#contract/log'
import { logSelector } from '#contract/log'
import { newestLines } from '../modules/logs/newest-lines.ts'
import { embeddedSource } from '../sources/embedded/embedded-source.ts'
import type { FleetSource, SourceAction, SourceLine } from '../sources/fleet-source.ts'
import { DeviceSocket } from './device-socket.ts'
import { composeOf, imageOf, Scene } from './scene.ts'
import { sceneDeviceType, sceneVariables, sourceFacts, type SourceScene } from './source-scene.ts'
import type { TestStore } from './databases.ts'

const toLine = (line: LogLine): SourceLine => ({
  at: new Date(line.at),
  receivedAt: new Date(line.receivedAt),
  service: line.service,
  isSystem: line.isSystem,
  isStderr: line.isStderr,
  message: line.message,
})

/** The true gateway with a fleet in it, and its own store as the source. */
export async function openEmbeddedScene(store: TestStore): Promise<SourceScene> {
  const database = await store.open()
  const scene = await Scene.on(database)
  const { app } = scene
  const url = await app.listen()
  const { facts, keys, serviceIds, releaseIds } = await makeScene(scene)
  const socket = await new DeviceSocket(url, {
    uuid: facts.devices[0],
    key: keys.get(facts.devices[0]) ?? '',
  }).connect()
  const send = async (method: 'GET' | 'PATCH' | 'POST', path: string, uuid: string, payload?: object) => {
    const answer = await app.app.inject({
      method,
      url: path,
      headers: { authorization: `Bearer ${keys.get(uuid) ?? ''}` },
      ...(payload ? { payload } : {}),
    })
    expect(answer.statusCode, answer.body).toBeLessThan(300)
    await app.deviceApi.flush()
    await scene.settled()
  }
  return {
    source: embeddedSource({
      db: app.db,
      now: () => app.clock.now(),
      changes: app.changes,
      version: '0.0.0-test',
      pageSize: 2,
      newestLines: async (uuid, count) => (await linesOf(scene, uuid, count)).map(toLine),
      followLines: followLines(scene),
      act: act(scene),
    }),
    facts,
    poll: (uuid) => send('GET', `/device/v3/${uuid}/state`, uuid),
    report: (uuid, report) => send('PATCH', '/device/v3/state', uuid, { [uuid]: report }),
    log: async (uuid, { message, service, isStderr }) => {
      const timestamp = app.clock.now().getTime()
      const of = service === null ? { isSystem: true } : { serviceId: serviceIds.get(service) }
      await send('POST', `/device/v2/${uuid}/logs`, uuid, [{ message, timestamp, isStdErr: isStderr, ...of }])
      await app.hub.tick()
    },
    pinElsewhere: async (uuid, commit) => {
      const releaseId = commit === null ? null : (releaseIds.get(commit) ?? 0)
      await scene.admin.ok('pinDevice', { params: { uuid }, body: { releaseId } })
    },
    describeRelease: async (commit, notes) => {
      const releaseId = releaseIds.get(commit) ?? 0
      await scene.admin.ok('updateRelease', { params: { releaseId }, body: { notes } })
    },
    removeDevice: async (uuid) => {
      await scene.admin.ok('deleteDevice', { params: { uuid } })
    },
    passTime: () => app.clock.advance(1_000),
    lookEveryMs: 10,
    expectNothingUnexpected: () => undefined,
    close: async () => {
      socket.socket.disconnect()
      await scene.close()
      await database.close()
    },
  }
}

async function makeScene(scene: Scene) {
  const { admin, app } = scene
  const fleet = await scene.fleet(sceneDeviceType.slug)
  const emptyFleet = await scene.fleet(sceneDeviceType.slug)
  const services = { main: 'registry.example/main@sha256:', side: 'registry.example/side@sha256:' }
  const releases = []
  for (const semver of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) {
    app.clock.advance(1_000)
    const digest = semver.replaceAll('.', '').padStart(64, '0')
    releases.push(
      await scene.release(fleet.id, semver, {
        composeYaml: composeOf({ main: services.main + digest, side: services.side + digest }),
        images: { main: imageOf({ [`m${digest}`]: 41_200_000 }), side: imageOf({ [`s${digest}`]: 1_000 }) },
        notes: `Notes of ${semver}`,
        isDraft: semver >= '3.0.0',
      }),
    )
  }
  await admin.ok('updateRelease', {
    params: { releaseId: releases.at(-1)?.id ?? 0 },
    body: { status: 'failed', failureReason: 'does not start' },
  })
  const devices = await scene.devices(fleet, 3)
  const uuids = devices.map(({ uuid }) => uuid)
  const first = uuids[0] ?? ''
  await admin.ok('setDeviceTag', { params: { uuid: first, key: 'site' }, body: { value: 'north' } })
  await makeVariables(scene, fleet.id, first)
  const serviceRows = await app.db.selectFrom('service').select(['id', 'name']).execute()
  const name = ({ uuid, name: own }: { uuid: string; name: string }) => ({ uuid, name: own })
  const facts = sourceFacts.parse({
    fleet: name(fleet),
    emptyFleet: name(emptyFleet),
    commits: releases.map(({ commit }) => commit),
    devices: uuids,
  })
  return {
    facts,
    keys: new Map(devices.map(({ uuid, key }) => [uuid, key])),
    releaseIds: new Map(releases.map(({ commit, id }) => [commit, id])),
    serviceIds: new Map(serviceRows.map((row) => [row.name, row.id])),
  }
}

async function makeVariables(scene: Scene, fleetId: number, uuid: string): Promise<void> {
  const { fleet, service, device, deviceService, configuration } = sceneVariables
  const bodies = (values: Record<string, string>, kind: 'environment' | 'configuration', of: string | null) =>
    Object.entries(values).map(([name, value]) => ({ kind, service: of, name, value }))
  for (const body of [
    ...bodies(fleet, 'environment', null),
    ...bodies(service, 'environment', 'main'),
    ...bodies(configuration, 'configuration', null),
  ])
    await scene.admin.ok('setFleetVariable', { params: { fleetId }, body })
  for (const body of [
    ...bodies(device, 'environment', null),
    ...bodies(deviceService, 'environment', 'main'),
  ])
    await scene.admin.ok('setDeviceVariable', { params: { uuid }, body })
}

const ALL_TIME = { from: new Date(0), to: new Date('2100-01-01') }
const linesOf = async ({ app }: Scene, uuid: string, lines: number) =>
  (await newestLines(app.db, uuid, ALL_TIME, { lines, characters: 1_000_000 }, 'all')).lines

/** As a page follows them: over the hub. */
const followLines =
  (scene: Scene): FleetSource['followLogs'] =>
  async (uuid, count, onLines, signal) => {
    const { hub } = scene.app
    let last = 0
    const waiting: LogLine[] = []
    const hand = (lines: readonly LogLine[]) => {
      const fresh = lines.filter(({ id }) => id > last)
      last = fresh.at(-1)?.id ?? last
      if (fresh.length > 0) onLines(fresh.map(toLine))
    }
    let take = (lines: readonly LogLine[]): void => {
      waiting.push(...lines)
    }
    const { stop } = await hub.subscribe(
      { kind: 'logs', selector: logSelector.parse({ device: uuid }) },
      null,
      {
        userId: 1,
        within: 'all',
        isReady: () => true,
        isDrained: () => true,
        send: ({ data }) => take((data as { lines: LogLine[] }).lines),
        resync: () => undefined,
      },
    )
    hand(await linesOf(scene, uuid, count))
    hand(waiting)
    take = hand
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    stop()
  }

/** Asks over the action channel; resolves when the device took it. */
const act =
  ({ app, admin }: Scene) =>
  async ({ uuid, kind, serviceName, isForced }: SourceAction): Promise<void> => {
    const action = await admin.ok('createAction', {
      params: { uuid },
      body: { kind, force: isForced, ...(serviceName === null ? {} : { serviceName }) },
    })
    await expect
      .poll(async () => {
        const row = await app.db
          .selectFrom('device_action')
          .select('state')
          .where('id', '=', action.id)
          .executeTakeFirst()
        return row?.state
      })
      .toBe('delivered')
  }
