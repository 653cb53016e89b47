import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Me } from '#contract/session'
import { callApi } from '@/lib/api'
import { refuseWrites } from '@/lib/api-write'
import { useConnection } from '@/live/connection.store'
import type { KeptBox } from './kept-box'
import { ME_KEY, type Kept } from './kept-data'
import { createLastKnown } from './last-known'

const NOW = Date.parse('2026-01-15T12:00:00.000Z')
const meOf = (id: number): Me => ({
  user: {
    id,
    name: `Person ${String(id)}`,
    email: 'person@example.com',
    signsInBy: 'password',
    role: 'admin',
    access: { everywhere: 'admin', fleets: [] },
  },
  csrfToken: 'token',
  needsSecondStep: false,
  source: { kind: 'embedded', name: 'this gateway', missing: [], isRead: false },
  expiresAt: '2026-01-16T12:00:00.000Z',
})
const fleets = { cursor: 1, fleets: [] }

class FakeBox implements KeptBox {
  held: Kept | null
  constructor(held: Kept | null = null) {
    this.held = held
  }
  read = () => Promise.resolve(this.held)
  write = (kept: Kept) => {
    this.held = kept
    return Promise.resolve()
  }
  wipe = () => {
    this.held = null
    return Promise.resolve()
  }
}
const keptOf = (id: number, build = 'one'): Kept => ({
  build,
  userId: id,
  at: NOW - 60_000,
  entries: [
    { key: ME_KEY, data: { ...meOf(id), csrfToken: '' }, at: NOW - 60_000 },
    { key: ['fleets', 'list'], data: fleets, at: NOW - 60_000 },
  ],
})

let client: QueryClient
const gateway = vi.fn<typeof fetch>()
const answers = (me: Me | null) =>
  gateway.mockImplementation(() =>
    Promise.resolve(
      me === null
        ? Response.json(
            { type: 't', title: 'Not signed in', status: 401, code: 'unauthorized' },
            { status: 401 },
          )
        : Response.json(me),
    ),
  )

beforeEach(() => {
  vi.stubGlobal('fetch', gateway)
  gateway.mockRejectedValue(new TypeError('Failed to fetch'))
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  useConnection.setState({ status: 'connecting', startedAtMs: NOW, lastHeardAtMs: null, reason: null })
})
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
  client.clear()
  refuseWrites(null)
  vi.unstubAllGlobals()
  vi.resetAllMocks()
})

const opened: { close: () => void }[] = []
const open = (box: KeptBox) => {
  const lastKnown = createLastKnown({ client, box, build: 'one', nowMs: () => NOW })
  opened.push(lastKnown)
  return lastKnown
}
/** The page asked who is here and got no answer. */
const startOffline = async (box: KeptBox) => {
  await client.query({ queryKey: ME_KEY, queryFn: () => callApi('getMe') }).catch(() => undefined)
  const lastKnown = open(box)
  await lastKnown.start()
  return lastKnown
}

test('what was seen is kept, for whoever is signed in', async () => {
  const box = new FakeBox()
  client.setQueryData(ME_KEY, meOf(7), { updatedAt: NOW })
  client.setQueryData(['fleets', 'list'], fleets, { updatedAt: NOW + 5 })
  client.setQueryData(['fleets', 'one', 1, 'variables'], { variables: ['secret'] })
  const lastKnown = open(box)
  await lastKnown.start()
  await lastKnown.settled()
  expect(box.held).toMatchObject({ build: 'one', userId: 7, at: NOW + 5 })
  expect(box.held?.entries.map(({ key }) => key)).toEqual([ME_KEY, ['fleets', 'list']])
})

test('what was kept of other pages stays kept, in the place of what is not seen now', async () => {
  const box = new FakeBox(keptOf(7))
  client.setQueryData(ME_KEY, meOf(7), { updatedAt: NOW })
  client.setQueryData(['devices', 'one', 'ab'], { cursor: 1 }, { updatedAt: NOW })
  const lastKnown = open(box)
  await lastKnown.start()
  await lastKnown.settled()
  expect(box.held?.entries).toEqual([
    { key: ME_KEY, data: { ...meOf(7), csrfToken: '' }, at: NOW },
    { key: ['devices', 'one', 'ab'], data: { cursor: 1 }, at: NOW },
    { key: ['fleets', 'list'], data: fleets, at: NOW - 60_000 },
  ])
  expect(box.held?.at).toBe(NOW)
})

test('what is shown is as old as the oldest of it', async () => {
  const kept = keptOf(7)
  const older = { key: ['devices', 'one', 'ab'], data: { cursor: 1 }, at: NOW - 3_600_000 }
  await startOffline(new FakeBox({ ...kept, entries: [...kept.entries, older] }))
  expect(useConnection.getState().lastHeardAtMs).toBe(NOW - 60_000)
  const device = new QueryObserver(client, { queryKey: older.key, queryFn: () => null, staleTime: Infinity })
  const stop = device.subscribe(() => undefined)
  await vi.waitFor(() => expect(useConnection.getState().lastHeardAtMs).toBe(NOW - 3_600_000))
  stop()
})

test('a start without the gateway shows it, as old as it is, and refuses writes in words', async () => {
  await startOffline(new FakeBox(keptOf(7)))
  expect(client.getQueryData(ME_KEY)).toMatchObject({ user: { id: 7 } })
  expect(client.getQueryData(['fleets', 'list'])).toEqual(fleets)
  expect(useConnection.getState()).toMatchObject({
    status: 'stale',
    lastHeardAtMs: NOW - 60_000,
    reason: 'kept',
  })
  // A socket that is tried in vain makes it no younger.
  useConnection.setState({ status: 'connecting', lastHeardAtMs: null, reason: null })
  expect(useConnection.getState()).toMatchObject({ status: 'stale', reason: 'kept' })
  const asked = gateway.mock.calls.length
  await expect(callApi('endOtherSessions')).rejects.toThrow('Offline: nothing was sent')
  expect(gateway.mock.calls.length).toBe(asked)
})

test('nothing is shown of another build, and it is wiped', async () => {
  const box = new FakeBox(keptOf(7, 'another'))
  const lastKnown = await startOffline(box)
  await lastKnown.settled()
  expect(client.getQueryData(['fleets', 'list'])).toBeUndefined()
  expect(box.held).toBeNull()
  expect(useConnection.getState().reason).toBeNull()
})

test('a page for signing in shows nothing of whoever was here', async () => {
  await open(new FakeBox(keptOf(7))).start()
  expect(client.getQueryData(['fleets', 'list'])).toBeUndefined()
})

test('when the gateway answers again the page goes on, with fresh data and writes', async () => {
  const lastKnown = await startOffline(new FakeBox(keptOf(7)))
  answers(meOf(7))
  await vi.waitFor(() => {
    lastKnown.ask()
    expect(useConnection.getState()).toMatchObject({ status: 'reconnecting', reason: null })
  })
  expect(client.getQueryState(['fleets', 'list'])?.isInvalidated).toBe(true)
  gateway.mockImplementation(() => Promise.resolve(Response.json({ ended: 0 })))
  await expect(callApi('endOtherSessions')).resolves.toEqual({ ended: 0 })
})

test.each([
  ['signs out', null],
  ['is somebody else', 8],
])('what was kept goes when whoever is here %s', async (_what, id) => {
  const box = new FakeBox()
  client.setQueryData(ME_KEY, meOf(7))
  const lastKnown = open(box)
  await lastKnown.start()
  await lastKnown.settled()
  expect(box.held).not.toBeNull()
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
  client.setQueryData(ME_KEY, id === null ? null : meOf(id))
  await lastKnown.settled()
  expect(box.held).toBeNull()
  // Nothing of it comes back by what was waiting to be written.
  lastKnown.save()
  await lastKnown.settled()
  expect(box.held?.userId).toBe(id ?? undefined)
})

test('a session that ended meanwhile takes what is shown with it', async () => {
  const box = new FakeBox(keptOf(7))
  const lastKnown = await startOffline(box)
  answers(null)
  await vi.waitFor(() => {
    lastKnown.ask()
    expect(client.getQueryData(ME_KEY)).toBeNull()
  })
  await vi.waitFor(() => expect(box.held).toBeNull())
  expect(client.getQueryData(['fleets', 'list'])).toBeUndefined()
})

test('the session of somebody else shows nothing of whoever was here before', async () => {
  const box = new FakeBox(keptOf(7))
  const lastKnown = await startOffline(box)
  answers(meOf(8))
  await vi.waitFor(() => {
    lastKnown.ask()
    expect(client.getQueryData<Me>(ME_KEY)?.user.id).toBe(8)
  })
  await vi.waitFor(() => expect(box.held).toBeNull())
  expect(client.getQueryData(['fleets', 'list'])).toBeUndefined()
})
