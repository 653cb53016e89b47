import { describe, expect, test, vi } from 'vitest'
import type { Topic } from '#contract/events'
import type { Change } from './changes.ts'
import { ConfigError, readConfig } from './config.ts'
import { Hub } from './hub.ts'
import type { HubPatch } from './hub-providers.ts'

test('a setting that cannot be used is named with its reason', () => {
  expect(readConfig({}).PORT).toBe(8080)
  expect(() => readConfig({ PORT: 'eighty' })).toThrow(ConfigError)
  expect(() => readConfig({ DATABASE_URL: 'mysql://x' })).toThrow(/DATABASE_URL is "mysql:\/\/x"/)
})

describe('hub', () => {
  const change = (fleetId: number): Change => ({ kind: 'fleet', fleetId })
  const make = () => {
    const hub = new Hub({ nowMs: () => 1_000, onError: vi.fn() })
    hub.provide({
      kind: 'fleet',
      concerns: (topic, c) => c.kind === 'fleet' && c.fleetId === topic.fleetId,
      build: () => Promise.resolve({ fleet: null }),
    })
    return hub
  }
  const reader = (isReady = true) => {
    const patches: HubPatch[] = []
    const state = { isReady, resyncs: 0, patches }
    return {
      state,
      subscriber: {
        isReady: () => state.isReady,
        userId: 1,
        within: 'all' as const,
        isDrained: () => state.isReady,
        send: (patch: HubPatch) => void patches.push(patch),
        resync: () => {
          state.resyncs++
        },
      },
    }
  }
  const topic: Topic = { kind: 'fleet', fleetId: 1 }

  test('changes are coalesced to one patch that follows on the last', async () => {
    const hub = make()
    const { state, subscriber } = reader()
    const { cursor } = await hub.subscribe(topic, null, subscriber)
    hub.note([change(1), change(2), change(1)])
    await hub.tick()
    await hub.tick()
    expect(state.patches).toEqual([{ kind: 'fleet', from: cursor, to: cursor + 3, data: { fleet: null } }])
    hub.note([change(1)])
    await hub.tick()
    expect(state.patches[1]).toMatchObject({ from: cursor + 3, to: cursor + 4 })
  })
  test('a topic that takes long to build is patched rarely, but not more rarely than every five seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      let nowMs = 1_000
      let tookMs = 120
      const hub = new Hub({ nowMs: () => nowMs, onError: vi.fn() })
      hub.provide({
        kind: 'fleet',
        minIntervalMs: 500,
        maxShare: 0.1,
        concerns: () => true,
        build: () => {
          vi.advanceTimersByTime(tookMs)
          return Promise.resolve({ fleet: null })
        },
      })
      const { state, subscriber } = reader()
      await hub.subscribe(topic, null, subscriber)
      const isPatchedAfter = async (ms: number) => {
        const before = state.patches.length
        nowMs += ms
        hub.note([change(1)])
        await hub.tick()
        return state.patches.length > before
      }
      expect(await isPatchedAfter(0)).toBe(true)
      expect(await isPatchedAfter(1_199)).toBe(false)
      tookMs = 2_000
      expect(await isPatchedAfter(1)).toBe(true)
      expect(await isPatchedAfter(4_999)).toBe(false)
      tookMs = 10
      expect(await isPatchedAfter(1)).toBe(true)
      expect(await isPatchedAfter(499)).toBe(false)
      expect(await isPatchedAfter(1)).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
  test('what was missed is replayed; what is older than the journal is a resync', async () => {
    const hub = make()
    const { state, subscriber } = reader()
    const since = hub.cursor
    hub.note([change(1)])
    expect(await hub.subscribe(topic, since, subscriber)).toMatchObject({
      isResync: false,
      cursor: since + 1,
    })
    expect(state.patches).toEqual([{ kind: 'fleet', from: since, to: since + 1, data: { fleet: null } }])
    expect(await hub.subscribe(topic, since - 1, subscriber)).toMatchObject({ isResync: true })
    expect(await hub.subscribe(topic, since + 99, subscriber)).toMatchObject({ isResync: true })
  })
  test('a change that comes while a page joins is told to it', async () => {
    const hub = new Hub({ nowMs: () => 1_000, onError: vi.fn() })
    hub.provide({
      kind: 'fleet',
      concerns: (one, c) => {
        // The very next thing that happens after the journal was looked through.
        if (c.kind === 'fleet' && c.fleetId === 2) queueMicrotask(() => hub.note([change(1)]))
        return c.kind === 'fleet' && c.fleetId === one.fleetId
      },
      build: () => Promise.resolve({ fleet: null }),
    })
    const { state, subscriber } = reader()
    const since = hub.cursor
    hub.note([change(2)])
    await hub.subscribe(topic, since, subscriber)
    await hub.tick()
    expect(state.patches).toEqual([expect.objectContaining({ from: since, to: since + 2 })])
  })
  test('what waits for a topic that cannot be built for long is bounded: its pages fetch again', async () => {
    const hub = new Hub({ nowMs: () => 1_000, onError: vi.fn() })
    let finish: () => void = () => undefined
    const built: number[] = []
    hub.provide({
      kind: 'fleet',
      concerns: (one, c) => c.kind === 'fleet' && c.fleetId === one.fleetId,
      build: (_topic, changes) => {
        built.push(changes.length)
        return new Promise((resolve) => (finish = () => resolve({ fleet: null })))
      },
    })
    const { state, subscriber } = reader()
    await hub.subscribe(topic, null, subscriber)
    hub.note([change(1)])
    const stuck = hub.tick()
    await vi.waitFor(() => expect(built).toEqual([1]))
    for (let turn = 0; turn < 5; turn++) hub.note(new Array<Change>(50_000).fill(change(1)))
    finish()
    await stuck
    expect(state.resyncs).toBe(0)
    const after = hub.tick()
    await vi.waitFor(() => expect(built).toHaveLength(2))
    expect(built[1]).toBeLessThan(50_001)
    finish()
    await after
    expect(state.resyncs).toBe(1)
  })
  test('what topics of a tick need is read once for all of them; when that fails each is built all the same', async () => {
    const onError = vi.fn()
    const hub = new Hub({ nowMs: () => 1_000, onError })
    const prepared: { topics: Topic[]; changes: number }[] = []
    const built: unknown[] = []
    let isBroken = false
    hub.provide({
      kind: 'fleet',
      concerns: (one, c) => c.kind === 'fleet' && c.fleetId === one.fleetId,
      prepare: (due, tick) => {
        prepared.push({
          topics: due.map((one) => one.topic),
          changes: due.flatMap((one) => one.changes).length,
        })
        if (isBroken) return Promise.reject(new Error('gone'))
        tick.set('read', prepared.length)
        return Promise.resolve()
      },
      build: (_topic, _changes, tick) => {
        built.push(tick.get('read'))
        return Promise.resolve({ fleet: null })
      },
    })
    const { state, subscriber } = reader()
    const other: Topic = { kind: 'fleet', fleetId: 2 }
    for (const one of [topic, other, { kind: 'fleet', fleetId: 3 } satisfies Topic])
      await hub.subscribe(one, null, subscriber)
    hub.note([change(1), change(1), change(2)])
    await hub.tick()
    expect(prepared).toEqual([{ topics: [topic, other], changes: 3 }])
    expect(built).toEqual([1, 1])
    isBroken = true
    hub.note([change(2)])
    await hub.tick()
    expect(built).toEqual([1, 1, undefined])
    expect(state.patches).toHaveLength(3)
    expect(onError).toHaveBeenCalledOnce()
    await hub.tick()
    expect(prepared).toHaveLength(2)
  })
  test('topics of one scope look at each change once, and share the changes of a tick', async () => {
    const hub = new Hub({ nowMs: () => 1_000, onError: vi.fn() })
    const looked = vi.fn()
    const seen: (readonly Change[])[] = []
    hub.provide({
      kind: 'rollouts',
      scopeOf: (one) => String(one.fleetId),
      concerns: (one, c) => {
        looked()
        return c.kind === 'fleet' && c.fleetId === one.fleetId
      },
      build: (_topic, changes) => {
        seen.push(changes)
        return Promise.resolve(null)
      },
    })
    const stops = []
    for (const q of ['a', 'b', 'c'])
      stops.push((await hub.subscribe({ kind: 'rollouts', fleetId: 1, q }, null, reader().subscriber)).stop)
    hub.note([change(1), change(2), change(1)])
    expect(looked).toHaveBeenCalledTimes(3)
    await hub.tick()
    expect(seen).toHaveLength(3)
    expect(seen[0]).toHaveLength(2)
    expect(seen[1]).toBe(seen[0])
    for (const stop of stops) stop()
    hub.note([change(1)])
    expect(looked).toHaveBeenCalledTimes(3)
    expect(hub.watched).toBe(0)
  })
  test('a reader that cannot take more is told to fetch again once it can', async () => {
    const hub = make()
    const { state, subscriber } = reader(false)
    await hub.subscribe(topic, null, subscriber)
    hub.note([change(1)])
    await hub.tick()
    expect(state).toMatchObject({ patches: [], resyncs: 0 })
    state.isReady = true
    await hub.tick()
    expect(state.resyncs).toBe(1)
  })
})
