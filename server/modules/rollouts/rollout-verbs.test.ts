import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'

const COMPOSE = 'services:\n  main:\n    image: registry.example.com/main:1\n'

describe('verbs of a rollout', () => {
  let app: TestApp
  let headers: { authorization: string }
  const ids = { fleet: 0, before: 0, after: 0, device: 0 }

  const call = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload: object = {}) => {
    const answer = await app.app.inject({
      method,
      url: `/api/v1${url}`,
      headers,
      ...(method === 'GET' ? {} : { payload }),
    })
    return {
      status: answer.statusCode,
      body: answer.json<Record<string, never>>() as Record<string, unknown>,
    }
  }
  const devicePatch = (change: Record<string, unknown>) =>
    app.db.updateTable('device').set(change).where('id', '=', ids.device).execute()
  const targetOf = async () =>
    (
      await app.db
        .selectFrom('device')
        .select('target_release_id')
        .where('id', '=', ids.device)
        .executeTakeFirstOrThrow()
    ).target_release_id
  const start = async () => {
    const { body, status } = await call('POST', `/fleets/${ids.fleet}/rollouts`, { releaseId: ids.after })
    expect(status, JSON.stringify(body)).toBe(201)
    await app.rollouts.wake(Number(body['id']))
    return Number(body['id'])
  }

  beforeAll(async () => {
    app = await startTestApp()
    headers = await app.as('admin')
    const fleet = await call('POST', '/fleets', { name: 'Kiosks', deviceType: 'raspberrypi4-64' })
    ids.fleet = Number(fleet.body['id'])
    const make = async (semver: string) =>
      Number(
        (await call('POST', `/fleets/${ids.fleet}/releases`, { semver, composeYaml: COMPOSE, isDraft: true }))
          .body['id'],
      )
    ids.before = await make('1.0.0')
    ids.after = await make('1.1.0')
    await call('PATCH', `/fleets/${ids.fleet}`, { policy: { kind: 'pinned', releaseId: ids.before } })
    const device = await app.db
      .insertInto('device')
      .values({
        uuid: 'a'.repeat(32),
        fleet_id: ids.fleet,
        device_type: 'raspberrypi4-64',
        name: 'one',
        key_hash: 'none',
        connectivity: 'online',
        current_release_id: ids.before,
        target_release_id: ids.before,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    ids.device = device.id
  })
  afterAll(() => app.close())

  it('says that a repeated verb had no effect, and who did it', async () => {
    const id = await start()
    const first = await call('POST', `/rollouts/${id}/pause`, { reason: 'lunch' })
    const second = await call('POST', `/rollouts/${id}/pause`)
    expect(first.body).toMatchObject({ state: 'paused', hadEffect: true })
    expect(second.body).toMatchObject({ state: 'paused', hadEffect: false })
    expect(second.body['timeline']).toMatchObject([
      { action: 'rollout.pause', actor: 'test admin', summary: `Paused rollout ${id}: lunch` },
      { action: 'rollout.phase-opened', summary: 'Phase "Everyone" opened with 1 device.' },
      { action: 'rollout.start' },
    ])
    expect((await call('POST', `/rollouts/${id}/abort`)).status).toBe(200)
    const refused = await call('POST', `/rollouts/${id}/resume`)
    expect(refused.status).toBe(409)
    expect(refused.body['detail'] ?? refused.body['title']).toContain('aborted')
    await call('POST', `/rollouts/${id}/roll-back`)
    await app.rollouts.wake(id)
  })

  it('gives a retried device back what it ran before the rollout, not the release that failed', async () => {
    const id = await start()
    expect(await targetOf()).toBe(ids.after)
    // It runs the new release, whose service crash-loops: failed.
    await devicePatch({
      current_release_id: ids.after,
      update_state: 'idle',
      health_reasons: JSON.stringify([
        {
          code: 'service-crash-loop',
          layer: 'service',
          severity: 'critical',
          evidence: 'main keeps exiting',
          since: new Date().toISOString(),
        },
      ]),
    })
    await app.rollouts.wake(id)
    const failed = await call('GET', `/rollouts/${id}`)
    expect(failed.body['rollout']).toMatchObject({
      counts: { failed: 1 },
      state: 'paused',
      haltReason: 'The rollout pauses: 1 of 1 devices of phase "Everyone" failed (100 %); the limit is 10 %.',
      gate: { phaseIndex: 0 },
    })
    await call('POST', `/rollouts/${id}/retry-failed`)
    await app.rollouts.wake(id)
    await call('POST', `/rollouts/${id}/roll-back`)
    expect(await targetOf()).toBe(ids.before)
    await devicePatch({ current_release_id: ids.before, health_reasons: '[]' })
    await app.rollouts.wake(id)
    const back = await call('GET', `/rollouts/${id}`)
    expect(back.body['rollout']).toMatchObject({ state: 'rolled-back', counts: { 'rolled-back': 1 } })
    const wall = await call('GET', `/rollouts/${id}/wall`)
    expect(wall.body['cells']).toEqual([['a'.repeat(32), 'one', 8, 0, null]])
  })

  it('counts releases by status beside the ones asked for', async () => {
    const drafts = await call('GET', `/releases?fleetId=${ids.fleet}&status=final`)
    expect(drafts.body).toMatchObject({ total: 0, statusCounts: { draft: 2, final: 0, failed: 0 } })
  })
})
