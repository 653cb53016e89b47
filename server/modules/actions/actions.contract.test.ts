import { io, type Socket } from 'socket.io-client'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { deviceChannelEvents, type DeviceChannelAction } from '#contract/events'
import { deviceApiFixture } from '../../testing/device-api-fixture.ts'
import { seedDevice } from '../../testing/fleet-seed.ts'
import { TestClient } from '../../testing/test-client.ts'

const t = deviceApiFixture()
const open = new Set<Socket>()
afterEach(() => {
  for (const socket of open) socket.disconnect()
  open.clear()
})

/** A device that opens its channel by hand; `take` says whether it acknowledges what it is sent. */
async function openChannel(options: { key?: string; take?: boolean } = {}) {
  const socket = io(`${t.url}/device`, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: { uuid: t.device.uuid, key: options.key ?? t.device.key },
  })
  open.add(socket)
  const got: DeviceChannelAction[] = []
  const nudges: unknown[] = []
  socket.on('target:changed', (message) => nudges.push(message))
  socket.on('action', (message: unknown, taken: () => void) => {
    got.push(deviceChannelEvents.action.parse(message))
    if (options.take !== false) taken()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return { socket, got, nudges }
}
const support = async () => new TestClient(t.app, await t.app.as('support'))
const ask = async (body: { kind: 'reboot' | 'restart-service'; serviceName?: string }) =>
  (await support()).ok('createAction', { params: { uuid: t.device.uuid }, body })
const listed = async () => {
  const { actions } = await (await support()).ok('listActions', { params: { uuid: t.device.uuid } })
  return actions.map((action) => [action.kind, action.state])
}
const goOnline = async () => {
  await t.calls.poll(t.device)
  await t.app.deviceApi.flush()
}

describe('a device with an open channel', () => {
  test('gets the action at once; delivered when it takes it, done when it says so, with events', async () => {
    const { socket, got } = await openChannel()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(true))
    const action = await ask({ kind: 'restart-service', serviceName: 'main' })
    expect(action).toMatchObject({ state: 'queued', serviceName: 'main' })
    await vi.waitFor(() =>
      expect(got).toEqual([{ id: action.id, kind: 'restart-service', serviceName: 'main', force: false }]),
    )
    await vi.waitFor(async () => expect(await listed()).toEqual([['restart-service', 'delivered']]))
    socket.emit('action:result', { id: action.id, status: 'done', message: 'Restarted ma\u0000in' })
    await vi.waitFor(async () => expect(await listed()).toEqual([['restart-service', 'done']]))
    // A second word on it changes nothing.
    socket.emit('action:result', { id: action.id, status: 'failed', message: 'no' })
    socket.emit('action:result', 'nonsense')
    // Messages of one socket come in their order: when this one is known, so were those before.
    socket.disconnect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(false))
    await t.app.actions.flush()
    expect(await listed()).toEqual([['restart-service', 'done']])
    expect((await t.events('action')).map((event) => event.summary)).toEqual([
      'Asked for restart-service of main',
      'restart-service of main is done: Restarted main',
    ])
  })
  test('a failure is told with its reason', async () => {
    const { socket, got } = await openChannel()
    await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(got).toHaveLength(1))
    socket.emit('action:result', { id: got[0]?.id, status: 'failed', message: 'Updates are locked' })
    await vi.waitFor(async () => expect(await listed()).toEqual([['reboot', 'failed']]))
    expect((await t.events('action')).at(-1)).toMatchObject({
      severity: 'attention',
      summary: 'reboot failed: Updates are locked',
    })
  })
  test('one that did not take it gets it again over a new connection, but never twice over the same', async () => {
    const deaf = await openChannel({ take: false })
    await ask({ kind: 'reboot' })
    await ask({ kind: 'restart-service', serviceName: 'main' })
    await vi.waitFor(() => expect(deaf.got.map((one) => one.kind)).toEqual(['reboot', 'restart-service']))
    deaf.socket.disconnect()
    const { got } = await openChannel()
    await vi.waitFor(() => expect(got.map((one) => one.kind)).toEqual(['reboot', 'restart-service']))
    await vi.waitFor(async () =>
      expect(await listed()).toEqual([
        ['restart-service', 'delivered'],
        ['reboot', 'delivered'],
      ]),
    )
  })
  test('cannot answer for another device', async () => {
    const { got } = await openChannel()
    const action = await ask({ kind: 'reboot' })
    await vi.waitFor(() => expect(got).toHaveLength(1))
    const other = await seedDevice(t.app.db, t.fleet)
    const socket = io(`${t.url}/device`, { forceNew: true, auth: { uuid: other.uuid, key: other.key } })
    open.add(socket)
    await new Promise((resolve) => socket.once('connect', () => resolve(null)))
    socket.emit('action:result', { id: action.id, status: 'done', message: '' })
    await vi.waitFor(async () => expect(await listed()).toEqual([['reboot', 'delivered']]))
    await t.app.actions.flush()
    expect(await listed()).toEqual([['reboot', 'delivered']])
  })
  test('is told once when its target moves, and closed when it is deleted', async () => {
    const { socket, nudges } = await openChannel()
    for (let time = 0; time < 5; time++)
      t.app.changes.publish([{ kind: 'device', ...t.device, aspects: new Set(['target']) }])
    await vi.waitFor(() => expect(nudges).toEqual([{}]))
    const closed = new Promise((resolve) => socket.once('disconnect', resolve))
    await t.remove()
    await closed
  })
})

test('a wrong key opens no channel', async () => {
  await expect(openChannel({ key: 'wrong' })).rejects.toThrow('unauthorized')
})

describe('a device without a channel', () => {
  test('that is heard and never opened one is not supported, at once', async () => {
    await goOnline()
    expect(await ask({ kind: 'reboot' })).toMatchObject({
      state: 'unsupported',
      message: 'Its supervisor keeps no action channel',
    })
  })
  test('that is away gets it when it comes back in time', async () => {
    expect(await ask({ kind: 'reboot' })).toMatchObject({ state: 'queued' })
    const { got } = await openChannel()
    await vi.waitFor(() => expect(got).toHaveLength(1))
  })
  test('that has had one before waits; in fifteen minutes it expires', async () => {
    await goOnline()
    const { socket } = await openChannel()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(true))
    socket.disconnect()
    await vi.waitFor(async () => expect((await t.stored()).has_action_channel).toBe(false))
    expect(await ask({ kind: 'reboot' })).toMatchObject({ state: 'queued' })
    t.app.clock.advance(15 * 60_000)
    await t.app.actions.expire()
    expect(await listed()).toEqual([['reboot', 'expired']])
    const { got } = await openChannel()
    await t.app.actions.flush()
    expect(got).toEqual([])
  })
  test('that never came is told apart when the time is up', async () => {
    await ask({ kind: 'reboot' })
    t.app.clock.advance(15 * 60_000)
    await t.app.actions.expire()
    expect(await listed()).toEqual([['reboot', 'unsupported']])
  })
})

test('an action of one service must name it', async () => {
  const client = await support()
  const problem = await client.refused('createAction', 400, {
    params: { uuid: t.device.uuid },
    body: { kind: 'restart-service' },
  })
  expect(problem.errors?.[0]).toMatchObject({ field: 'body.serviceName' })
  await client.refused('createAction', 404, { params: { uuid: 'f'.repeat(32) }, body: { kind: 'reboot' } })
})
