import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { emptyDatabase, describeOnStores } from '../../testing/databases.ts'
import { startTestApp, TestClock, type TestApp } from '../../testing/test-app.ts'
import type { Database } from '../../platform/db/database.ts'
import { readMembers } from './rollout-members.store.ts'
import { readPhases } from './rollout-phases.store.ts'
import { tallyOf } from './engine/tally.engine.ts'

const COMPOSE = 'services:\n  main:\n    image: registry.example.com/main:1\n'
const DEVICES = 20
const plan = (more: object = {}) => ({
  phases: [
    { name: 'Canary', reach: { kind: 'percent', percent: 25 }, soakSeconds: 60 },
    { name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 0, approval: 'manual' },
  ],
  controlPercent: 20,
  maxUpdating: null,
  includesPinned: true,
  ...more,
})

describeOnStores('rollouts in phases', ({ open }) => {
  let database: Database
  let app: TestApp
  let clock: TestClock
  let headers: { authorization: string }
  let releases: number[]
  let fleetId: number

  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await emptyDatabase(database)
    clock = new TestClock()
    app = await startTestApp({ database, clock })
    headers = await app.as('admin')
    fleetId = Number(
      (await call('POST', '/fleets', { name: 'Kiosks', deviceType: 'raspberrypi4-64' })).body['id'],
    )
    releases = []
    for (const semver of ['1.0.0', '1.1.0', '0.9.0'])
      releases.push(
        Number(
          (await call('POST', `/fleets/${fleetId}/releases`, { semver, composeYaml: COMPOSE, isDraft: true }))
            .body['id'],
        ),
      )
    await call('PATCH', `/fleets/${fleetId}`, { policy: { kind: 'pinned', releaseId: releases[0] } })
    await sql`
      insert into device (uuid, fleet_id, device_type, name, key_hash, connectivity, current_release_id, target_release_id,
        pinned_release_id)
      select lpad(to_hex(n), 32, '0'), ${fleetId}, 'raspberrypi4-64', 'device ' || n, 'key ' || n, 'online',
        case when n = 1 then ${releases[2]}::bigint else ${releases[0]}::bigint end,
        case when n = 1 then ${releases[2]}::bigint else ${releases[0]}::bigint end,
        case when n = 1 then ${releases[2]}::bigint end
      from generate_series(1, ${DEVICES}) n`.execute(app.db)
  })

  const call = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload: object = {}) => {
    const answer = await app.app.inject({
      method,
      url: `/api/v1${url}`,
      headers,
      ...(method === 'GET' ? {} : { payload }),
    })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
  }
  const start = async (more: object = {}) => {
    const { status, body } = await call('POST', `/fleets/${fleetId}/rollouts`, {
      releaseId: releases[1],
      plan: plan(more),
    })
    expect(status, JSON.stringify(body)).toBe(201)
    const id = Number(body['id'])
    await app.rollouts.wake(id)
    return id
  }
  const read = async (id: number) =>
    (await call('GET', `/rollouts/${id}`)).body['rollout'] as {
      state: string
      haltReason: string | null
      counts: Record<string, number>
      phases: { state: string; isControl: boolean; total: number }[]
      gate: { criteria: { code: string; verdict: string }[] } | null
      timeline: { action: string; summary: string }[]
    }
  /** Devices that were given the release arrive on it. */
  const arrive = async (id: number, change: string = '[]') => {
    await sql`
      update device set current_release_id = target_release_id, update_state = 'idle', health_reasons = ${change}::jsonb
      where current_release_id is distinct from target_release_id`.execute(app.db)
    await app.rollouts.wake(id)
  }
  const targets = async () =>
    (
      await sql<{ target: number; n: number }>`
        select target_release_id as target, count(*)::int as n from device group by 1 order by 1`.execute(
        app.db,
      )
    ).rows

  it('opens phase after phase, asks for approval, and lets the control group follow at last', async () => {
    const id = await start()
    expect((await read(id)).phases.map((phase) => [phase.state, phase.total])).toEqual([
      ['open', 4],
      ['pending', 12],
      ['pending', 4],
    ])
    expect(await targets()).toContainEqual({ target: releases[1], n: 4 })
    await arrive(id)
    expect((await read(id)).counts).toMatchObject({ verifying: 4, waiting: 16 })
    clock.advance(61_000)
    await sql`update device set last_seen_at = ${clock.now()}`.execute(app.db)
    await app.rollouts.tick()
    expect((await read(id)).phases.map((phase) => phase.state)).toEqual([
      'passed',
      'awaiting-approval',
      'pending',
    ])
    expect((await call('POST', `/rollouts/${id}/approve`)).body).toMatchObject({ hadEffect: true })
    await app.rollouts.wake(id)
    expect((await call('POST', `/rollouts/${id}/approve`)).status).toBe(409)
    await arrive(id)
    expect((await read(id)).phases.map((phase) => phase.state)).toEqual(['passed', 'passed', 'open'])
    await arrive(id)
    const done = await read(id)
    expect([done.state, done.counts['succeeded']]).toEqual(['completed', DEVICES])
    expect(done.timeline.map((entry) => entry.action)).toContain('rollout.awaiting-approval')
  })

  it('goes back by itself with a sentence, and gives pin and fleet target back to each device', async () => {
    const before = await targets()
    const id = await start({ gates: { onTrip: 'roll-back' } })
    const since = new Date(clock.now().getTime() + 1000).toISOString()
    await arrive(
      id,
      JSON.stringify([
        {
          code: 'service-crash-loop',
          layer: 'service',
          severity: 'critical',
          service: 'main',
          evidence: 'main exits',
          since,
        },
      ]),
    )
    const tripped = await read(id)
    expect(tripped.state).toBe('rolling-back')
    // Those that were never offered it are out at once, without news of them.
    expect(tripped.counts).toMatchObject({ skipped: 16, waiting: 0 })
    expect(tripped.haltReason).toMatch(/^The rollout goes back: .*4 of 4.*100 %/)
    expect(await targets()).toEqual(before)
    await arrive(id)
    const back = await read(id)
    expect([back.state, back.counts['rolled-back'], back.counts['skipped']]).toEqual(['rolled-back', 4, 16])
    const pinned = await sql<{ pinned: number }>`
      select pinned_release_id as pinned from device where pinned_release_id is not null`.execute(app.db)
    expect(pinned.rows).toEqual([{ pinned: releases[2] }])
  })

  it('keeps its tallies right in the store, and lets somebody skip a gate or go on after a trip', async () => {
    const id = await start()
    await sql`update device set connectivity = 'offline', connectivity_changed_at = ${clock.now()} where id in (
      select device_id from rollout_device where rollout_id = ${id} and state = 'offered' limit 3)`.execute(
      app.db,
    )
    clock.advance(1000)
    await app.rollouts.wake(id)
    expect(await read(id)).toMatchObject({ state: 'paused', counts: { offline: 3 } })
    const counted = await app.db.transaction().execute((trx) => readMembers(trx, id, { kind: 'all' }))
    for (const phase of await readPhases(app.db, id))
      expect(phase.tally).toEqual(tallyOf(counted.filter((member) => member.phaseIndex === phase.index)))
    await call('POST', `/rollouts/${id}/resume`)
    await app.rollouts.wake(id)
    expect(await read(id)).toMatchObject({ state: 'running', haltReason: null })
    expect((await call('POST', `/rollouts/${id}/skip-phase`)).status).toBe(400)
    const skipped = await call('POST', `/rollouts/${id}/skip-phase`, { reason: 'these three are on a bench' })
    expect(skipped.status).toBe(200)
    await app.rollouts.wake(id)
    expect((await read(id)).phases.map((phase) => phase.state)).toEqual([
      'passed',
      'awaiting-approval',
      'pending',
    ])
  })

  it('offers in the maintenance window of each device, and no faster than the rate', async () => {
    await sql`update device set tags = '{"timezone":"Asia/Tokyo"}' where id % 2 = 0`.execute(app.db)
    // It is noon in UTC and nine in the evening in Tokyo.
    const id = await start({
      phases: [{ name: 'Everyone', reach: { kind: 'percent', percent: 100 }, soakSeconds: 0 }],
      controlPercent: 0,
      startsPerMinute: 4,
      window: { from: '20:00', to: '22:00', timeZone: 'UTC' },
    })
    expect((await read(id)).counts).toMatchObject({ offered: 4, waiting: DEVICES - 4 })
    for (let minute = 0; minute < 4; minute++) {
      clock.advance(60_000)
      await app.rollouts.tick()
    }
    expect((await read(id)).counts).toMatchObject({ offered: DEVICES / 2, waiting: DEVICES / 2 })
  })

  it('refuses a plan that does not reach everybody, naming the phase', async () => {
    const refused = await call('POST', `/fleets/${fleetId}/rollouts`, {
      releaseId: releases[1],
      plan: plan({ phases: [{ name: 'Half', reach: { kind: 'percent', percent: 50 }, soakSeconds: 0 }] }),
    })
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body['errors'])).toContain('body.plan.phases.0.reach')
  })
})
