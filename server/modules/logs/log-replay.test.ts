import { afterAll, beforeAll, expect, test } from 'vitest'
import { logSelector, type LogLine } from '#contract/log'
import type { Change } from '../../platform/changes.ts'
import type { Database } from '../../platform/db/database.ts'
import { Hub } from '../../platform/hub.ts'
import type { HubPatch } from '../../platform/hub-providers.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { logsModule } from './logs.module.ts'

const uuid = 'a'.repeat(32)

describeOnStores('log lines after a reconnect', ({ open }) => {
  let database: Database
  let deviceId: number
  let fleetId: number
  beforeAll(async () => {
    database = await open()
    const fleet = await database.db
      .insertInto('fleet')
      .values({ name: 'pumps', uuid: 'f'.repeat(32), device_type: 'raspberrypi4-64' })
      .returning('id')
      .executeTakeFirstOrThrow()
    fleetId = fleet.id
    const device = await database.db
      .insertInto('device')
      .values({ uuid, name: 'lucid-fern', fleet_id: fleetId, device_type: 'raspberrypi4-64', key_hash: 'x' })
      .returning('id')
      .executeTakeFirstOrThrow()
    deviceId = device.id
  })
  afterAll(() => database.close())

  async function store(count: number): Promise<LogLine[]> {
    const at = new Date('2026-01-01T00:00:00.000Z')
    const rows = Array.from({ length: count }, (_, index) => ({
      device_id: deviceId,
      fleet_id: fleetId,
      service_name: 'main',
      is_system: false,
      is_stderr: false,
      level: 'info' as const,
      at,
      received_at: at,
      message: `line ${index}`,
    }))
    const stored = await database.db
      .insertInto('log_line')
      .values(rows)
      .returning(['id', 'message'])
      .execute()
    return stored.map(({ id, message }) => ({
      id,
      deviceUuid: uuid,
      deviceName: 'lucid-fern',
      at: at.toISOString(),
      receivedAt: at.toISOString(),
      service: 'main',
      isSystem: false,
      isStderr: false,
      level: 'info',
      message,
    }))
  }
  const change = (lines: LogLine[]): Change => ({ kind: 'log', lines, fleetIdOf: new Map([[uuid, fleetId]]) })
  const makeHub = () => {
    const hub = new Hub({
      nowMs: () => 0,
      onError: (error) => {
        throw error
      },
    })
    logsModule({
      db: database.db,
      now: () => new Date(),
      hub,
      audit: () => Promise.resolve(),
      retention: { days: 7, bytes: null },
      linesPerDevice: 100_000,
      settling: null,
    })
    return hub
  }
  const reader = () => {
    const patches: HubPatch[] = []
    return {
      lines: () =>
        patches.flatMap((patch) => (patch.data as { lines: LogLine[] }).lines.map((line) => line.id)),
      subscriber: {
        isReady: () => true,
        userId: 1,
        within: 'all' as const,
        isDrained: () => true,
        send: (patch: HubPatch) => void patches.push(patch),
        resync: () => undefined,
      },
    }
  }
  const topic = { kind: 'logs' as const, selector: logSelector.parse({}) }

  test('what was stored since, and what arrives while that is read, comes once and in order', async () => {
    const hub = makeHub()
    const [held, ...missed] = await store(5)
    const { lines, subscriber } = reader()
    const joining = hub.subscribe(topic, held!.id, subscriber)
    const during = await store(3)
    hub.note([change(during)])
    await hub.tick()
    expect(await joining).toMatchObject({ isResync: false })
    await hub.tick()
    // Published late although the replay had them already.
    hub.note([change([...missed, ...during])])
    await hub.tick()
    expect(lines()).toEqual([...missed, ...during].map((line) => line.id))
  })

  test('a reader who was away for too long is told to fetch again, and still gets what follows', async () => {
    const hub = makeHub()
    const [held] = await store(2_500)
    const { lines, subscriber } = reader()
    expect(await hub.subscribe(topic, held!.id, subscriber)).toMatchObject({ isResync: true })
    const after = await store(1)
    hub.note([change(after)])
    await hub.tick()
    expect(lines()).toEqual(after.map((line) => line.id))
  })

  test('a bad pattern is refused at once', async () => {
    const hub = makeHub()
    const bad = { kind: 'logs' as const, selector: logSelector.parse({ regex: '(' }) }
    await expect(hub.subscribe(bad, null, reader().subscriber)).rejects.toMatchObject({ status: 400 })
    expect(hub.watched).toBe(0)
  })
})
