import { expect, test, vi } from 'vitest'
import { hashSecret } from '../../platform/secrets.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { deviceKeyScene, filtered, refusedEverywhere } from '../../testing/device-key-scene.ts'
import { seedDevice, seedUuid } from '../../testing/fleet-seed.ts'
import { TestClient } from '../../testing/test-client.ts'

const soon = { timeout: 10_000, interval: 20 }

/** What one gateway does the other learns only from the store: the notices between them may be lost. */
describeOnStores('a device key is rotated', ({ open }) => {
  const s = deviceKeyScene(open)

  /** The device is asked for another key over its socket, and begins. */
  async function asked(app = s.on.one) {
    const opened = await s.openSocket(app)
    await app.actions.flush()
    const body = { kind: 'rotate-key' as const, reason: 'Every year' }
    await new TestClient(app, s.admin.headers).ok('createAction', { params: s.params, body })
    await vi.waitFor(() => expect(opened.begun).toHaveLength(1), soon)
    return opened
  }
  const actions = async () =>
    (await s.admin.ok('listActions', { params: s.params })).actions.map(({ kind, state }) => [kind, state])

  test('by one that it makes: both work until that is used, then it alone does, at both gateways', async () => {
    const opened = await asked()
    const key = seedUuid()
    const next = { uuid: s.device.uuid, key }
    expect(await s.exchange(s.on.calls, key, s.device.key)).toMatchObject({ status: 200 })
    expect(await s.key()).toMatchObject({ state: 'rotating' })
    // Power fails here: it tells it again with the key it has, and goes on as before.
    for (const by of s.both) expect((await by.report(s.device, { status: 'Still' })).status).toBe(200)
    expect(await s.exchange(s.on.otherCalls, key, s.device.key)).toMatchObject({ status: 200 })
    const closed = new Promise((resolve) => opened.socket.once('disconnect', resolve))
    expect((await s.on.calls.poll(next)).status).toBe(200)
    await closed
    for (const by of s.both) {
      expect(await s.everywhere(by, s.device.key)).toEqual(refusedEverywhere)
      expect((await by.report(next, { status: 'New' })).status).toBe(200)
    }
    // Power failed before it heard so: it tells the key once more, with either.
    expect(await s.exchange(s.on.otherCalls, key, s.device.key)).toMatchObject({ status: 401 })
    expect(await s.exchange(s.on.otherCalls, key, key)).toMatchObject({ status: 200 })
    const again = await s.openSocket(s.on.one, key, opened.memory)
    await again.result({ status: 'done', message: '' }, opened.begun[0])
    expect(await actions()).toEqual([['rotate-key', 'done']])
    expect(await s.key()).toMatchObject({ state: 'valid', changedAt: s.on.clock.now().toISOString() })
    expect(await s.events()).toEqual([
      'Rotate key is done',
      'Speaks with its new key; the former one is refused from now on',
      'Asked for rotate key: Every year',
    ])
    expect((await s.audited()).map(({ action, actorKind }) => [action, actorKind])).toEqual([
      ['device.key-rotated', 'device'],
      ['device.rotate-key', 'api-token'],
    ])
    const told = JSON.stringify([await s.audited(), await s.events(), await actions(), await s.key()])
    for (const secret of [s.device.key, key]) {
      expect(told).not.toContain(secret)
      expect(told).not.toContain(hashSecret(secret))
    }
  })
  test('once, however many requests bring the new one first, at whichever gateway', async () => {
    await asked(s.on.other)
    const key = seedUuid()
    expect(await s.exchange(s.on.otherCalls, key, s.device.key)).toMatchObject({ status: 200 })
    const next = { uuid: s.device.uuid, key }
    const replies = await Promise.all(
      s.both.flatMap((by) => [
        ...Array.from({ length: 8 }, () => by.poll(next)),
        by.report(next, { status: 'First' }),
        by.get(filtered('/v7/device_tag', `device eq ${s.device.deviceId}`), { key }),
      ]),
    )
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    expect((await s.events()).filter((summary) => summary.startsWith('Speaks with'))).toHaveLength(1)
  })
  test('first used to open its socket', async () => {
    await asked()
    const key = seedUuid()
    await s.exchange(s.on.calls, key, s.device.key)
    await s.openSocket(s.on.other, key)
    expect(await s.key()).toMatchObject({ state: 'valid' })
    expect((await s.on.calls.poll(s.device)).status).toBe(401)
  })
  test('by the one it told last, when it lost the one before', async () => {
    await asked()
    const [lost, kept] = [seedUuid(), seedUuid()]
    for (const key of [lost, kept]) expect((await s.exchange(s.on.calls, key, s.device.key)).status).toBe(200)
    expect((await s.on.calls.poll({ uuid: s.device.uuid, key: lost })).status).toBe(401)
    expect((await s.on.calls.poll(s.device)).status).toBe(200)
    expect((await s.on.calls.poll({ uuid: s.device.uuid, key: kept })).status).toBe(200)
  })
  test('only when it was asked: a key that was stolen locks nobody out', async () => {
    expect(await s.exchange(s.on.calls, seedUuid(), s.device.key)).toMatchObject({ status: 401 })
    const opened = await asked()
    const neighbour = await seedDevice(s.on.database.db, s.fleet)
    expect(await s.exchange(s.on.calls, neighbour.key, s.device.key)).toMatchObject({ status: 409 })
    expect(await s.exchange(s.on.calls, seedUuid(), neighbour.key)).toMatchObject({ status: 401 })
    await opened.result({ status: 'failed', message: 'No room for another' })
    expect(await s.exchange(s.on.calls, seedUuid(), s.device.key)).toMatchObject({ status: 401 })
    expect(await s.key()).toMatchObject({ state: 'valid', changedAt: null })
  })
  test('and revoked meanwhile, neither opens anything', async () => {
    await asked()
    const key = seedUuid()
    await s.exchange(s.on.calls, key, s.device.key)
    await s.revoke()
    for (const by of s.both)
      for (const own of [key, s.device.key]) expect(await s.everywhere(by, own)).toEqual(refusedEverywhere)
    expect(await s.key()).toMatchObject({ state: 'revoked' })
  })
  test('by administrators of its fleet alone', async () => {
    const manager = new TestClient(s.on.one, await s.on.one.as('release-manager', s.fleet.fleetId))
    await manager.refused('createAction', 403, { params: s.params, body: { kind: 'rotate-key' } })
    await manager.refused('changeDeviceKey', 403, {
      params: s.params,
      body: { change: 'revoke', reason: 'x' },
    })
    const own = new TestClient(s.on.one, await s.on.one.as('admin', s.fleet.fleetId))
    expect((await own.ok('createAction', { params: s.params, body: { kind: 'rotate-key' } })).state).toBe(
      'unsupported',
    )
  })
})
