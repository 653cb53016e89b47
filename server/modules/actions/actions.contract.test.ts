import { describe, expect, test, vi } from 'vitest'
import type { z } from 'zod'
import type { actionRequest, ActionKind } from '#contract/device-action'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { DeviceSocket } from '../../testing/device-socket.ts'
import { seedDevice } from '../../testing/fleet-seed.ts'
import { TestClient } from '../../testing/test-client.ts'

const t = deviceApiFixture()
const MINUTE_MS = 60_000

type Body = Partial<z.input<typeof actionRequest>> & { kind: ActionKind }
const as = async (role: 'viewer' | 'support' | 'release-manager') =>
  new TestClient(t.app, await t.app.as(role))
const ask = async (body: Body) =>
  (await as('release-manager')).ok('createAction', { params: { uuid: t.device.uuid }, body })
const listed = async () => {
  const { actions } = await (await as('viewer')).ok('listActions', { params: { uuid: t.device.uuid } })
  return actions
}
const states = async () => (await listed()).map((action) => [action.kind, action.state])
const open = (options: ConstructorParameters<typeof DeviceSocket>[2] = {}) =>
  new DeviceSocket(t.url, t.device, options).connect()
const goOnline = async () => {
  await t.calls.poll(t.device)
  await t.app.deviceApi.flush()
}
const after = async (minutes: number) => {
  t.app.clock.advance(minutes * MINUTE_MS)
  await t.app.actions.sweep()
}

describe('a device with an open socket', () => {
  test('is offered the action at once, begins when told, and its result ends it, with events', async () => {
    const device = await open()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(true))
    const action = await ask({ kind: 'restart-service', serviceName: 'main', reason: 'It hangs' })
    expect(action).toMatchObject({ state: 'queued', serviceName: 'main', way: 'socket', reason: 'It hangs' })
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
    expect(device.offered[0]).toMatchObject({ kind: 'restart-service', serviceName: 'main', force: false })
    expect(await states()).toEqual([['restart-service', 'delivered']])
    await device.result({ status: 'done', message: 'Restarted ma\u0000in' })
    expect((await listed())[0]).toMatchObject({ state: 'done', message: 'Restarted main' })
    // A second word on it changes nothing.
    await device.result({ status: 'failed', message: 'no' })
    device.socket.emit('command:result', 'nonsense')
    expect(await states()).toEqual([['restart-service', 'done']])
    expect((await t.events('action')).map((event) => event.summary)).toEqual([
      'Asked for restart service of main: It hangs',
      'Restart service of main is done: Restarted main',
    ])
  })
  test('what it did before it was cut off is asked for when it is back, and not done again', async () => {
    const first = await open()
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(first.begun).toHaveLength(1))
    first.socket.disconnect()
    const again = await open({ memory: first.memory })
    first.memory.set(first.begun[0] ?? '', { status: 'done', message: 'Booted again' })
    again.socket.disconnect()
    const third = await open({ memory: first.memory })
    await vi.waitFor(async () => expect(await states()).toEqual([['reboot', 'done']]))
    expect([...again.begun, ...third.begun]).toEqual([])
  })
  test('one that did not take it is offered it again over a new connection, never twice over the same', async () => {
    const deaf = await open({ isDeaf: true })
    await ask({ kind: 'reboot' })
    await ask({ kind: 'restart-application' })
    await vi.waitFor(() =>
      expect(deaf.offered.map((one) => one.kind)).toEqual(['reboot', 'restart-application']),
    )
    await t.app.actions.sweep()
    expect(deaf.offered).toHaveLength(2)
    deaf.socket.disconnect()
    const device = await open()
    await vi.waitFor(() => expect(device.begun).toHaveLength(2))
    expect(device.offered.map((one) => one.id)).toEqual(deaf.offered.map((one) => one.id))
  })
  test('that takes it too late is told to drop it: nothing is done that was said to have expired', async () => {
    const device = await open({ isSlow: true })
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(device.offered).toHaveLength(1))
    await after(15)
    expect(await states()).toEqual([['reboot', 'expired']])
    device.answerNow()
    await vi.waitFor(() => expect(device.dropped).toEqual([device.offered[0]?.id]))
    expect(device.begun).toEqual([])
  })
  test('an older socket is closed by a newer one', async () => {
    const older = await open()
    const gone = new Promise((resolve) => older.socket.once('disconnect', resolve))
    const newer = await open()
    await gone
    await t.app.actions.flush()
    expect((await t.stored()).has_action_channel).toBe(true)
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(newer.begun).toHaveLength(1))
    expect(older.offered).toEqual([])
  })
  test('cannot answer for another device', async () => {
    const device = await open()
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
    const other = await new DeviceSocket(t.url, await seedDevice(t.app.db, t.fleet)).connect()
    await other.result({ status: 'done', message: '' }, device.begun[0])
    expect(await states()).toEqual([['reboot', 'delivered']])
  })
  test('what it took without an answer expires, and is put right by a late one', async () => {
    const device = await open()
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
    await after(15)
    const [expired] = await listed()
    expect(expired?.state).toBe('expired')
    expect(expired?.message).toContain('took it')
    await device.result({ status: 'done', message: 'It took long' })
    expect((await listed())[0]).toMatchObject({ state: 'done', message: 'It took long' })
  })
  test('is told once when its target moves, and closed when it is deleted', async () => {
    const device = await open()
    for (let time = 0; time < 5; time++)
      t.app.changes.publish([{ kind: 'device', ...t.device, aspects: new Set(['target']) }])
    await vi.waitFor(() => expect(device.nudges).toBe(1))
    const closed = new Promise((resolve) => device.socket.once('disconnect', resolve))
    await t.remove()
    await closed
  })
  test('a wrong key opens no socket', async () => {
    await expect(new DeviceSocket(t.url, { ...t.device, key: 'wrong' }).connect()).rejects.toThrow(
      'unauthorized',
    )
  })
})

describe('a device without a socket', () => {
  test('that is heard and never opened one is not supported, at once', async () => {
    await goOnline()
    const action = await ask({ kind: 'reboot' })
    expect(action.state).toBe('unsupported')
    expect(action.message).toContain('Keeps no socket for actions')
  })
  test('that is away gets it when it comes back in the time that was chosen', async () => {
    expect(await ask({ kind: 'reboot', expiresInMinutes: 240 })).toMatchObject({ state: 'queued' })
    await after(239)
    const device = await open()
    await vi.waitFor(() => expect(device.begun).toHaveLength(1))
  })
  test('that has had one before waits; in fifteen minutes it expires', async () => {
    await goOnline()
    const device = await open()
    await t.app.actions.flush()
    device.socket.disconnect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(false))
    expect(await ask({ kind: 'reboot' })).toMatchObject({ state: 'queued' })
    await after(15)
    const [expired] = await listed()
    expect(expired?.state).toBe('expired')
    expect(expired?.message).toContain('nothing was done')
    const back = await open()
    await t.app.actions.flush()
    expect(back.offered).toEqual([])
  })
  test('that never came is told apart when the time is up', async () => {
    await ask({ kind: 'reboot' })
    await after(15)
    expect(await states()).toEqual([['reboot', 'unsupported']])
  })
  test('what waits can be called off, and is not done when it is back', async () => {
    const action = await ask({ kind: 'reboot' })
    const client = await as('support')
    const cancelled = await client.ok('cancelAction', { params: { actionId: action.id } })
    expect(cancelled).toMatchObject({ state: 'cancelled' })
    await client.refused('cancelAction', 409, { params: { actionId: action.id } })
    const device = await open()
    await t.app.actions.flush()
    expect(device.offered).toEqual([])
  })
})

describe('what the target state carries', () => {
  const running = async () => {
    const target = (await t.calls.poll(t.device)).json() as Record<string, { apps: Record<string, unknown> }>
    await t.app.deviceApi.flush()
    return JSON.stringify(target[t.device.uuid]).includes('"running":false')
  }
  const reports = (main: string) => t.calls.report(t.device, { apps: t.appsOf({ main, side: 'Running' }) })

  test('a service is stopped at the next poll and stays so, done when the device reports it; then started', async () => {
    await goOnline()
    await reports('Running')
    expect(await ask({ kind: 'stop-service', serviceName: 'main' })).toMatchObject({
      state: 'queued',
      way: 'target',
    })
    t.app.clock.advance(1000)
    expect(await running()).toBe(true)
    await t.app.actions.sweep()
    expect(await states()).toEqual([['stop-service', 'delivered']])
    await reports('exited')
    await t.app.actions.sweep()
    expect(await states()).toEqual([['stop-service', 'done']])
    expect((await t.stored()).health_reasons.map((reason) => reason.code)).not.toContain(
      'service-not-running',
    )
    await ask({ kind: 'start-service', serviceName: 'main' })
    expect(await running()).toBe(false)
  })
  test('what was not taken in time is taken out again', async () => {
    await ask({ kind: 'stop-service', serviceName: 'main' })
    await after(15)
    expect(await states()).toEqual([['stop-service', 'expired']])
    expect(await running()).toBe(false)
  })
  test('an override of update locks ends by itself, or when it is lifted', async () => {
    const config = async () => {
      const answer = await t.calls.poll(t.device)
      await t.app.deviceApi.flush()
      return answer.text.includes('RESIN_SUPERVISOR_OVERRIDE_LOCK')
    }
    const action = await ask({ kind: 'override-lock', overrideMinutes: 60 })
    expect(await config()).toBe(true)
    await t.app.actions.sweep()
    expect(await states()).toEqual([['override-lock', 'done']])
    await after(60)
    expect(await config()).toBe(false)
    expect((await listed())[0]).toMatchObject({ overriddenUntil: null, message: 'Update locks count again' })
    const next = await ask({ kind: 'override-lock', overrideMinutes: 60 })
    expect(await config()).toBe(true)
    await t.app.actions.sweep()
    await (await as('release-manager')).ok('cancelAction', { params: { actionId: next.id } })
    expect(await config()).toBe(false)
    expect(action.id).not.toBe(next.id)
  })
})

test('an action of one service must name one that is there', async () => {
  const client = await as('support')
  const params = { uuid: t.device.uuid }
  const problem = await client.refused('createAction', 400, { params, body: { kind: 'restart-service' } })
  expect(problem.errors?.[0]).toMatchObject({ field: 'body.serviceName' })
  await client.refused('createAction', 400, { params, body: { kind: 'stop-service', serviceName: 'nobody' } })
  await client.refused('createAction', 404, { params: { uuid: 'f'.repeat(32) }, body: { kind: 'reboot' } })
})

test('each kind needs its role', async () => {
  const params = { uuid: t.device.uuid }
  await (await as('viewer')).refused('createAction', 403, { params, body: { kind: 'identify' } })
  const support = await as('support')
  await support.ok('createAction', { params, body: { kind: 'reboot' } })
  for (const kind of ['purge', 'shutdown'] as const)
    await support.refused('createAction', 403, { params, body: { kind } })
})
