import { request as httpRequest, type IncomingMessage } from 'node:http'
import { expect, test, vi } from 'vitest'
import { hashSecret } from '../../platform/secrets.ts'
import { describeOnStores } from '../../testing/databases.ts'
import { deviceKeyScene, refusedEverywhere } from '../../testing/device-key-scene.ts'
import { seedDevice, seedFleet, seedUuid } from '../../testing/fleet-seed.ts'

const HOUR_MS = 3_600_000
const soon = { timeout: 10_000, interval: 20 }

/** A stream of log lines that has no end of its own. */
function openStream(url: string, { uuid, key }: { uuid: string; key: string }) {
  const request = httpRequest(`${url}/device/v2/${uuid}/log-stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
  })
  const ended = new Promise<void>((resolve) => {
    request.on('response', (response: IncomingMessage) => {
      response.resume()
      resolve()
    })
    request.on('error', () => resolve())
  })
  request.flushHeaders()
  return { ended, write: (line: unknown) => request.write(`${JSON.stringify(line)}\n`) }
}

/** What one gateway does the other learns only from the store: the notices between them may be lost. */
describeOnStores('a device key is revoked', ({ open }) => {
  const s = deviceKeyScene(open)

  test('and opens nothing at either gateway from then on; the page is told by whom and why', async () => {
    expect((await s.everywhere(s.on.calls, s.device.key)).filter((status) => status >= 300)).toEqual([])
    await s.noted()
    const { key } = await s.revoke()
    const before = await s.row()
    expect(key).toMatchObject({
      state: 'revoked',
      changedAt: s.on.clock.now().toISOString(),
      revokedReason: 'Stolen from the site',
      mayReturnUntil: null,
    })
    for (const by of s.both) expect(await s.everywhere(by, s.device.key)).toEqual(refusedEverywhere)
    for (const app of [s.on.one, s.on.other]) await expect(s.openSocket(app)).rejects.toThrow('unauthorized')
    await s.noted()
    expect(await s.row()).toEqual(before)
    expect(await s.events()).toEqual(['Revoked its key: Stolen from the site'])
  })
  test('twice as once', async () => {
    await s.revoke()
    s.on.clock.advance(1_000)
    expect((await s.revoke('Again')).key).toMatchObject({ revokedReason: 'Stolen from the site' })
    expect(await s.events()).toHaveLength(1)
    expect((await s.audited()).map(({ action, data }) => [action, data])).toEqual([
      ['device.key-revoke', { reason: 'Stolen from the site' }],
    ])
  })
  test('and its socket is closed: at once where it was revoked, elsewhere at the next look', async () => {
    for (const app of [s.on.one, s.on.other]) {
      s.device = await seedDevice(s.on.database.db, s.fleet)
      const opened = await s.openSocket(app)
      await app.actions.flush()
      const closed = new Promise((resolve) => opened.socket.once('disconnect', resolve))
      await s.revoke()
      if (app === s.on.other) await app.actions.sweep()
      await closed
      await vi.waitFor(async () => expect((await s.row()).has_action_channel).toBe(false), soon)
    }
  })
  test('and its open stream of lines ends, at the other gateway at its next look', async () => {
    for (const app of [s.on.one, s.on.other]) {
      s.device = await seedDevice(s.on.database.db, s.fleet)
      const stream = openStream(app === s.on.one ? s.on.oneUrl : s.on.otherUrl, s.device)
      stream.write({ message: 'before', timestamp: s.on.clock.now().getTime(), isSystem: true })
      const lines = () =>
        s.on.database.db
          .selectFrom('log_line')
          .select('message')
          .where('device_id', '=', s.device.deviceId)
          .execute()
      await vi.waitFor(async () => expect(await lines()).toEqual([{ message: 'before' }]), soon)
      await s.revoke()
      if (app === s.on.other) await app.deviceApi.sweep()
      await stream.ended
      expect(await lines()).toEqual([{ message: 'before' }])
    }
  })
  test('and it comes back only when it may, with another key', async () => {
    await s.revoke()
    const key = seedUuid()
    expect(await s.exchange(s.on.calls, key)).toMatchObject({ status: 401 })
    const allow = (hours: number) =>
      s.admin.ok('changeDeviceKey', {
        params: s.params,
        body: { change: 'allow-return', reason: 'Found again', hours },
      })
    await allow(1)
    s.on.clock.advance(HOUR_MS)
    expect(await s.exchange(s.on.calls, key)).toMatchObject({ status: 401 })
    await allow(1)
    await s.admin.ok('changeDeviceKey', { params: s.params, body: { change: 'forbid-return', reason: 'No' } })
    expect(await s.exchange(s.on.calls, key)).toMatchObject({ status: 401 })
    await allow(2)
    const stranger = await seedFleet(s.on.database.db)
    expect(await s.exchange(s.on.calls, key, stranger.provisioningKey)).toMatchObject({ status: 401 })
    // The revoked key stays so, for this device and for a new one.
    expect(await s.exchange(s.on.calls, s.device.key)).toMatchObject({ status: 409 })
    const body = {
      application: s.fleet.fleetId,
      uuid: seedUuid(),
      device_type: s.fleet.deviceType,
      api_key: s.device.key,
    }
    expect(await s.on.calls.post('/device/register', { key: s.fleet.provisioningKey, body })).toMatchObject({
      status: 409,
    })
    expect(await s.exchange(s.on.otherCalls, key)).toMatchObject({ status: 200 })
    for (const by of s.both) {
      expect((await by.poll({ uuid: s.device.uuid, key })).status).toBe(200)
      expect((await by.report({ uuid: s.device.uuid, key }, { status: 'Back' })).status).toBe(200)
      expect((await by.poll(s.device)).status).toBe(401)
    }
    expect(await s.key()).toMatchObject({ state: 'valid', revokedBy: null, mayReturnUntil: null })
    expect((await s.events())[0]).toBe('Came back with another key, for a provisioning key of its fleet')
    // Leave was given for one return.
    await s.revoke('Lost again')
    expect(await s.exchange(s.on.calls, seedUuid())).toMatchObject({ status: 401 })
    const told = JSON.stringify([await s.audited(), await s.events(), await s.key()])
    for (const secret of [s.device.key, key]) {
      expect(told).not.toContain(secret)
      expect(told).not.toContain(hashSecret(secret))
    }
  })
  test('needs a reason, and leave only what is revoked', async () => {
    const problem = await s.admin.refused('changeDeviceKey', 400, {
      params: s.params,
      body: { change: 'revoke', reason: '  ' },
    })
    expect(problem.errors?.[0]).toMatchObject({ field: 'body.reason', reason: 'must say why' })
    const body = { change: 'allow-return' as const, reason: 'Why not' }
    expect(await s.admin.refused('changeDeviceKey', 409, { params: s.params, body })).toMatchObject({
      code: 'key-not-revoked',
    })
    await s.revoke()
    const asked = await s.admin.refused('createAction', 409, {
      params: s.params,
      body: { kind: 'rotate-key' },
    })
    expect(asked).toMatchObject({ code: 'key-revoked' })
  })
})
