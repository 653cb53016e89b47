import { QueryClient, QueryObserver } from '@tanstack/react-query'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { decodeWallCells, encodeWallCells, type WallCell } from '#contract/wall-cells'
import { liveQuery } from './live-query'

const until = (claim: () => void) => vi.waitFor(claim, { interval: 1 })

/** A wall as the thing watched: cells by id, replaced or taken away by patches. */
type Snapshot = { cursor: number; cells: Record<number, number> }
type Change = { id: number; value: number | null }

/** The latest state of what changed in `(from, to]`, as the gateway coalesces it. */
function patchOf(history: readonly Change[], from: number, to: number) {
  const last = new Map(history.slice(from, to).map((change) => [change.id, change.value]))
  const upserted: WallCell[] = []
  const removed: number[] = []
  for (const [id, value] of last) {
    if (value === null) removed.push(id)
    else upserted.push({ id, code: value })
  }
  return { from, to, data: { cells: encodeWallCells(upserted), removed } }
}

function stateAt(history: readonly Change[], revision: number): Snapshot {
  const cells: Record<number, number> = {}
  for (const { id, value } of history.slice(0, revision)) {
    if (value === null) Reflect.deleteProperty(cells, id)
    else cells[id] = value
  }
  return { cursor: revision, cells }
}

/** A live query whose snapshots the test hands out one by one. */
function watchWall(client: QueryClient) {
  const waiting: ((snapshot: Snapshot) => void)[] = []
  const fetch = vi.fn(
    (signal: AbortSignal) =>
      new Promise<Snapshot>((resolve, reject) => {
        waiting.push(resolve)
        signal.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')))
      }),
  )
  const live = liveQuery<'wall', Snapshot>({
    topic: { kind: 'wall', fleetId: 1 },
    queryKey: ['wall'],
    fetch,
    apply: (snapshot, { cells: changed, removed }) => {
      const cells = { ...snapshot.cells }
      for (const id of removed) Reflect.deleteProperty(cells, id)
      for (const { id, code } of decodeWallCells(changed)) cells[id] = code
      return { ...snapshot, cells }
    },
  })
  const stop = new QueryObserver(client, live.options).subscribe(() => undefined)
  const answer = async (snapshot: Snapshot) => {
    await until(() => expect(waiting.length).toBeGreaterThan(0))
    waiting.shift()?.(snapshot)
    await until(() => expect(client.isFetching()).toBe(0))
  }
  return { live, fetch, answer, stop, held: () => client.getQueryData<Snapshot>(['wall']), waiting }
}

let client: QueryClient
beforeEach(() => {
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
})
afterEach(() => client.clear())

const history: Change[] = [
  { id: 1, value: 1 },
  { id: 2, value: 2 },
  { id: 1, value: 3 },
  { id: 2, value: null },
  { id: 3, value: 5 },
]

test('a patch that follows on what is held advances it', async () => {
  const { live, answer, held } = watchWall(client)
  await answer(stateAt(history, 2))
  live.receive(client, patchOf(history, 2, 4))
  expect(held()).toEqual(stateAt(history, 4))
  expect(live.held(client)).toBe(4)
})

test('a patch that came before is ignored', async () => {
  const { live, answer, held, fetch } = watchWall(client)
  await answer(stateAt(history, 4))
  const before = held()
  live.receive(client, patchOf(history, 1, 3))
  live.receive(client, patchOf(history, 2, 4))
  expect(held()).toBe(before)
  expect(fetch).toHaveBeenCalledTimes(1)
})

test('a patch that overlaps what is held brings its end', async () => {
  const { live, answer, held } = watchWall(client)
  await answer(stateAt(history, 3))
  live.receive(client, patchOf(history, 1, 5))
  expect(held()).toEqual(stateAt(history, 5))
})

test('patches that arrive during the first fetch are not lost', async () => {
  const { live, answer, held } = watchWall(client)
  live.receive(client, patchOf(history, 2, 3))
  live.receive(client, patchOf(history, 3, 5))
  await answer(stateAt(history, 2))
  expect(held()).toEqual(stateAt(history, 5))
})

test('many patches are kept while a snapshot is under way, and few while none is', async () => {
  const { live, answer, fetch, held } = watchWall(client)
  const long = Array.from({ length: 100 }, (_, index): Change => ({ id: index, value: index }))
  for (let at = 0; at < 50; at++) live.receive(client, patchOf(long, at, at + 1))
  await answer(stateAt(long, 0))
  expect(held()).toEqual(stateAt(long, 50))
  expect(fetch).toHaveBeenCalledTimes(1)
  for (let at = 50; at < 100; at++) live.receive(client, patchOf(long, at, at + 1))
  void client.invalidateQueries({ queryKey: ['wall'] })
  // Older than all that is kept: what came between is missing, so it is asked for again.
  await until(() => expect(fetch).toHaveBeenCalledTimes(2))
  void answer(stateAt(long, 50))
  await until(() => expect(fetch).toHaveBeenCalledTimes(3))
  await answer(stateAt(long, 90))
  expect(held()).toEqual(stateAt(long, 100))
})

test('a slow refetch cannot roll back what patches brought meanwhile', async () => {
  const { live, answer, held, waiting } = watchWall(client)
  await answer(stateAt(history, 1))
  void client.invalidateQueries({ queryKey: ['wall'] })
  await until(() => expect(waiting).toHaveLength(1))
  live.receive(client, patchOf(history, 1, 4))
  await answer(stateAt(history, 2))
  expect(held()).toEqual(stateAt(history, 4))
})

test('a missed patch leads to exactly one fetch, however many follow it', async () => {
  const { live, answer, held, fetch } = watchWall(client)
  await answer(stateAt(history, 1))
  live.receive(client, patchOf(history, 2, 3))
  live.receive(client, patchOf(history, 3, 4))
  live.receive(client, patchOf(history, 4, 5))
  expect(held()).toEqual(stateAt(history, 1))
  await answer(stateAt(history, 3))
  expect(held()).toEqual(stateAt(history, 5))
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('a snapshot older than a patch already seen is fetched again, three times at most', async () => {
  const { live, fetch, held, waiting } = watchWall(client)
  live.receive(client, patchOf(history, 4, 5))
  for (let attempt = 1; attempt <= 3; attempt++) {
    await until(() => expect(waiting).toHaveLength(1))
    waiting.shift()?.(stateAt(history, 2))
  }
  await until(() => expect(held()).toEqual(stateAt(history, 2)))
  expect(fetch).toHaveBeenCalledTimes(3)
})

test('a resync gives up the fetch under way and starts a new one', async () => {
  const { live, answer, held, fetch, waiting } = watchWall(client)
  await answer(stateAt(history, 1))
  void client.invalidateQueries({ queryKey: ['wall'] })
  await until(() => expect(fetch).toHaveBeenCalledTimes(2))
  live.resync(client)
  await until(() => expect(fetch).toHaveBeenCalledTimes(3))
  expect(fetch.mock.calls[1]?.[0].aborted).toBe(true)
  expect(fetch.mock.calls[2]?.[0].aborted).toBe(false)
  // The second answer belongs to nobody any more.
  waiting.shift()?.(stateAt(history, 2))
  await answer(stateAt(history, 5))
  expect(held()).toEqual(stateAt(history, 5))
})

const change = fc.record({
  id: fc.constantFrom(1, 2, 3, 4),
  value: fc.option(fc.nat(9), { nil: null }),
})
/** A history, where it is cut into patches, at which revision the snapshot was taken, and after how many patches it came. */
const story = fc.array(change, { minLength: 1, maxLength: 24 }).chain((changes) =>
  fc.record({
    changes: fc.constant(changes),
    cuts: fc.uniqueArray(fc.integer({ min: 0, max: changes.length }), { maxLength: 8 }),
    snapshotAt: fc.nat(changes.length),
    arrivesAfter: fc.nat(9),
    repeats: fc.array(fc.nat(8), { maxLength: 4 }),
  }),
)

test('any split of a history into patches, seen in any part twice, gives the same snapshot', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ changes, cuts, snapshotAt, arrivesAfter, repeats }) => {
      const own = new QueryClient({ defaultOptions: { queries: { retry: false } } })
      const edges = [...new Set([0, ...cuts, changes.length])].sort((a, b) => a - b)
      const patches = edges.slice(1).map((to, index) => patchOf(changes, edges[index]!, to))
      const { live, answer, held, stop } = watchWall(own)
      const hear = (from: number, to?: number) => {
        for (const patch of patches.slice(from, to)) live.receive(own, patch)
      }
      hear(0, arrivesAfter)
      await answer(stateAt(changes, snapshotAt))
      hear(arrivesAfter)
      for (const index of repeats) hear(index, index + 1)
      const end = stateAt(changes, changes.length)
      expect(held()).toEqual(end)
      stop()
      own.clear()
    }),
    { numRuns: 60 },
  )
})
