import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { defaultRolloutPlan } from '#contract/rollout-plan'
import type { Database } from '../../platform/db/database.ts'
import { describeOnPostgres } from '../../testing/databases.ts'
import { Scene, type SceneDevice } from '../../testing/scene.ts'
import { TestClient } from '../../testing/test-client.ts'
import { startTestApp, TestClock, type TestApp } from '../../testing/test-app.ts'

const SOAK_MS = 30_000
const eventually = { timeout: 15_000, interval: 50 }
const plan = {
  ...defaultRolloutPlan,
  phases: [
    { name: 'Canary', reach: { kind: 'count' as const, count: 2 }, soakSeconds: 30 },
    { name: 'Everyone', reach: { kind: 'percent' as const, percent: 100 }, soakSeconds: 30 },
  ],
  gates: { ...defaultRolloutPlan.gates, maxSilentPercent: null },
}

/** Writes every offer down, whoever makes it. */
async function countOffers({ db }: Database): Promise<void> {
  await sql`create table offer_made (rollout_id bigint, device_id bigint)`.execute(db)
  await sql`create function note_offer() returns trigger language plpgsql as $$ begin
    insert into offer_made values (new.rollout_id, new.device_id); return new; end $$`.execute(db)
  await sql`create trigger note_offer after update of offered_at on rollout_device for each row
    when (new.offered_at is distinct from old.offered_at) execute function note_offer()`.execute(db)
}

async function offersOf({ db }: Database, rolloutId: number): Promise<number[]> {
  const offers = await sql<{ device_id: number }>`
    select device_id from offer_made where rollout_id = ${rolloutId} order by device_id`.execute(db)
  return offers.rows.map((row) => row.device_id)
}

/** A fleet pinned to `old`, with a `next`. */
async function aFleet(scene: Scene) {
  const fleet = await scene.fleet()
  const old = await scene.release(fleet.id, '1.0.0')
  const policy = { kind: 'pinned' as const, releaseId: old.id }
  await scene.admin.ok('updateFleet', { params: { fleetId: fleet.id }, body: { policy } })
  return { fleet, old, next: await scene.release(fleet.id, '2.0.0') }
}

describeOnPostgres('two gateways on one PostgreSQL', ({ open }) => {
  const clock = new TestClock()
  let database: Database
  let gateways: TestApp[]

  beforeAll(async () => {
    database = await open()
    await countOffers(database)
    gateways = [await startTestApp({ database, clock }), await startTestApp({ database, clock })]
    for (const gateway of gateways) await gateway.start()
  })
  afterAll(async () => {
    for (const gateway of gateways) await gateway.close()
    await database.close()
  })

  const leaders = () => gateways.filter((gateway) => gateway.gateways.isLeading())
  const theLeader = async (): Promise<TestApp> => {
    const [leader] = await vi.waitUntil(() => (leaders().length === 1 ? leaders() : undefined), eventually)
    if (!leader) throw new Error('nobody leads')
    return leader
  }
  const follower = async () => {
    const leader = await theLeader()
    const other = gateways.find((gateway) => gateway !== leader)
    if (!other) throw new Error('nobody follows')
    return other
  }
  /** What a server does to a connection whose other end it takes for dead. */
  const cutLeaderOff = () =>
    sql`select pg_terminate_backend(l.pid) from pg_locks l join pg_database b on b.oid = l.database
      where l.locktype = 'advisory' and l.granted and b.datname = current_database()`.execute(database.db)

  test('one leads, and every gateway says whether it does', async () => {
    await theLeader()
    const told = await Promise.all(
      gateways.map(async (gateway) => {
        const { leadsRollouts } = await new TestClient(gateway, await gateway.as('admin')).ok('getSystemInfo')
        return leadsRollouts
      }),
    )
    expect(told.sort()).toEqual([false, true])
  })

  test('a rollout is finished by the other when the leader is cut off; nobody is offered it twice', async () => {
    const other = await follower()
    const scene = await Scene.around(other)
    const { fleet, old, next } = await aFleet(scene)
    // They talk to the gateway that does not lead.
    const devices: SceneDevice[] = await scene.devices(fleet, 5)
    for (const device of devices) await device.runs(old)
    const { id } = await scene.admin.ok('createRollout', {
      params: { fleetId: fleet.id },
      body: { releaseId: next.id, plan },
    })
    const rollout = async () => (await scene.admin.ok('getRollout', { params: { rolloutId: id } })).rollout
    const counts = (expected: object) =>
      vi.waitFor(async () => expect((await rollout()).counts).toMatchObject(expected), eventually)
    const offered = async () => {
      const targets = await Promise.all(devices.map((device) => device.target()))
      return devices.filter((_device, index) => targets[index] === next.id)
    }

    /** The soak ends, every device is heard after that, and a device that was looked at before is due again. */
    const soak = async () => {
      clock.advance(SOAK_MS)
      for (const device of devices) await device.poll()
      clock.advance(2_000)
    }

    await counts({ offered: 2, waiting: 3 })
    for (const device of await offered()) await device.runs(next)
    await counts({ verifying: 2, waiting: 3 })

    const first = await theLeader()
    await cutLeaderOff()
    await vi.waitUntil(() => !first.gateways.isLeading() || leaders().length === 1, eventually)
    await theLeader()
    await soak()
    await counts({ succeeded: 2, offered: 3 })
    await scene.admin.ok('actOnRollout', { params: { rolloutId: id, verb: 'pause' }, body: {} })
    await cutLeaderOff()
    await theLeader()
    // Said on a gateway that may not lead.
    await scene.admin.ok('actOnRollout', { params: { rolloutId: id, verb: 'resume' }, body: {} })
    for (const device of await offered()) await device.runs(next)
    await counts({ succeeded: 2, verifying: 3 })
    await soak()
    await vi.waitFor(async () => expect((await rollout()).state).toBe('completed'), eventually)

    expect(await offersOf(database, id)).toEqual(devices.map((device) => device.id).sort((a, b) => a - b))
    const events = (await rollout()).timeline.map((entry) => entry.summary)
    expect(new Set(events).size).toBe(events.length)
    expect((await rollout()).timeline.map((entry) => entry.action).reverse()).toEqual([
      'rollout.start',
      'rollout.phase-opened',
      'rollout.phase-passed',
      'rollout.phase-opened',
      'rollout.pause',
      'rollout.resume',
      'rollout.phase-passed',
      'rollout.completed',
    ])
  }, 60_000)
})

describeOnPostgres('two gateways that both believe to lead', ({ open }) => {
  test('step one rollout one after the other', async () => {
    const database = await open()
    await countOffers(database)
    const clock = new TestClock()
    // Before they are started nobody contends, so both step.
    const gateways = [await startTestApp({ database, clock }), await startTestApp({ database, clock })]
    try {
      const [one, two] = gateways
      if (!one || !two) throw new Error('two gateways are needed')
      const scene = await Scene.around(one)
      const { fleet, old, next } = await aFleet(scene)
      const devices = await scene.devices(fleet, 6)
      for (const device of devices) await device.runs(old)
      const { id } = await scene.admin.ok('createRollout', {
        params: { fleetId: fleet.id },
        body: { releaseId: next.id, plan: { ...defaultRolloutPlan, maxUpdating: 4 } },
      })
      await Promise.all([
        two.rollouts.wake(id),
        one.rollouts.wake(id),
        two.rollouts.wake(id),
        one.rollouts.tick(),
      ])
      await one.rollouts.idle()
      expect(await offersOf(database, id)).toHaveLength(4)
      const { rollout } = await scene.admin.ok('getRollout', { params: { rolloutId: id } })
      expect(rollout.timeline.map((entry) => entry.action)).toEqual(['rollout.phase-opened', 'rollout.start'])
    } finally {
      for (const gateway of gateways) await gateway.close()
      await database.close()
    }
  }, 60_000)
})
