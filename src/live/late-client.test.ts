import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { STALE_AFTER_MS, useConnection } from './connection.store'
import { createLateClient } from './late-client'
import type { LiveClient } from './live-client'

const topic = { kind: 'fleet', fleetId: 7 } as const
const handlers = { since: () => null, onPatch: vi.fn(), onResync: vi.fn() }

function setting() {
  const stop = vi.fn()
  const real = { watch: vi.fn(() => stop), connect: vi.fn(), close: vi.fn() } satisfies LiveClient
  const load = vi.fn<() => Promise<LiveClient>>()
  const onMissing = vi.fn()
  let arrive: () => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  load.mockImplementation(
    () =>
      new Promise((resolve, reject) => {
        arrive = () => resolve(real)
        fail = reject
      }),
  )
  const late = createLateClient({ load, onMissing })
  return { late, real, stop, load, onMissing, arrive: () => arrive(), fail: (error: Error) => fail(error) }
}

beforeEach(() => vi.clearAllMocks())
afterEach(() => vi.useRealTimers())

test('what was watched before the code arrived is watched then, and the connection opened once', async () => {
  const { late, real, load, arrive } = setting()
  late.watch(topic, handlers)
  late.connect()
  late.connect()
  expect(load).toHaveBeenCalledTimes(1)
  arrive()
  await vi.waitFor(() => expect(real.connect).toHaveBeenCalledTimes(1))
  expect(real.watch).toHaveBeenCalledExactlyOnceWith(topic, handlers)
})

test('what was given up meanwhile is never watched, what is given up later is stopped', async () => {
  const { late, real, stop, arrive } = setting()
  const giveUpEarly = late.watch(topic, handlers)
  const giveUpLater = late.watch({ kind: 'fleet', fleetId: 8 }, handlers)
  late.connect()
  giveUpEarly()
  arrive()
  await vi.waitFor(() => expect(real.watch).toHaveBeenCalledTimes(1))
  expect(real.watch).toHaveBeenCalledWith({ kind: 'fleet', fleetId: 8 }, handlers)
  giveUpLater()
  expect(stop).toHaveBeenCalledTimes(1)
})

test('closed before the code arrived, it does not connect; opened again, it does', async () => {
  const { late, real, load, arrive } = setting()
  late.watch(topic, handlers)
  late.connect()
  late.close()
  arrive()
  await vi.waitFor(() => expect(real.watch).toHaveBeenCalledTimes(1))
  expect(real.connect).not.toHaveBeenCalled()
  late.connect()
  expect(real.connect).toHaveBeenCalledTimes(1)
  expect(load).toHaveBeenCalledTimes(1)
  late.close()
  expect(real.close).toHaveBeenCalledTimes(1)
})

test('code that cannot be had is said, and asked for again by the next connect', async () => {
  const { late, real, load, onMissing, fail, arrive } = setting()
  late.connect()
  const error = new Error('gone')
  fail(error)
  await vi.waitFor(() => expect(onMissing).toHaveBeenCalledExactlyOnceWith(error))
  late.connect()
  expect(load).toHaveBeenCalledTimes(2)
  arrive()
  await vi.waitFor(() => expect(real.connect).toHaveBeenCalledTimes(1))
})

test('a gateway that dies before the code arrived makes the page stale, not connecting for ever', async () => {
  vi.useFakeTimers()
  const { late } = setting()
  const startedAtMs = Date.now()
  late.connect()
  await vi.advanceTimersByTimeAsync(STALE_AFTER_MS - 1)
  expect(useConnection.getState().status).toBe('connecting')
  await vi.advanceTimersByTimeAsync(1)
  expect(useConnection.getState()).toMatchObject({ status: 'stale', startedAtMs, lastHeardAtMs: null })
  late.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('the next session does not take over what the last one heard', async () => {
  const { late, arrive } = setting()
  late.connect()
  arrive()
  useConnection.setState({ status: 'live', lastHeardAtMs: 1, reason: 'signed-out' })
  late.close()
  const next = setting()
  next.late.connect()
  expect(useConnection.getState()).toMatchObject({ status: 'connecting', lastHeardAtMs: null, reason: null })
  next.late.close()
})
