import { beforeEach, expect, test } from 'vitest'
import { balenaSource } from './balena-source.ts'
import type { FleetSource } from '../fleet-source.ts'

type Row = { id: number; modified_at: string }
const at = (second: number) => new Date(Date.UTC(2026, 0, 15, 12, 0, second)).toISOString()

/** Devices that the backend shows now. */
const shown = new Map<number, Row>()
const commit = (id: number, second: number) => void shown.set(id, { id, modified_at: at(second) })

const wholeDevice = (row: Row) => ({
  ...row,
  uuid: String(row.id).padStart(32, '0'),
  device_name: `device ${row.id}`,
  created_at: at(0),
  api_heartbeat_state: 'online',
  belongs_to__application: { __id: 1 },
  is_of__device_type: { __id: 1 },
  is_running__release: null,
  is_pinned_on__release: null,
  should_be_running__release: null,
})
const application = {
  id: 1,
  uuid: 'f'.repeat(32),
  app_name: 'Pumps',
  is_for__device_type: { __id: 1 },
  should_track_latest_release: true,
  should_be_running__release: null,
  service: [],
}
const deviceType = { id: 1, slug: 'a', name: 'A', is_of__cpu_architecture: [{ slug: 'aarch64' }] }

/** As the model compares and orders. */
function devicesOf(query: string): object[] {
  const inOrder = [...shown.values()].sort(
    (a, b) => Date.parse(a.modified_at) - Date.parse(b.modified_at) || a.id - b.id,
  )
  const ids = /id in \(([\d,]+)\)/.exec(query)?.[1]?.split(',').map(Number)
  if (ids) return inOrder.filter(({ id }) => ids.includes(id)).map(wholeDevice)
  if (query.includes('modified_at desc')) return inOrder.slice(-1)
  const [, since = '', , after = '0'] =
    /modified_at gt datetime'([^']+)'.*modified_at eq datetime'([^']+)'\) and \(id gt (\d+)\)/.exec(query) ??
    []
  const top = Number(/top=(\d+)/.exec(query)?.[1])
  return inOrder
    .filter((row) => row.modified_at > since || (row.modified_at === since && row.id > Number(after)))
    .slice(0, top)
}

async function answer(input: RequestInfo | URL): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input)
  const rows: Record<string, object[]> = {
    '/v7/device': devicesOf(decodeURIComponent(url.search)),
    '/v7/application': [application],
    '/v7/device_type': [deviceType],
  }
  return Response.json({ d: rows[url.pathname] ?? [] })
}

beforeEach(() => shown.clear())
const sourceOf = (pageSize: number): FleetSource =>
  balenaSource({
    url: new URL('http://backend.test'),
    token: 'token',
    fetch: answer,
    signal: new AbortController().signal,
    perMinute: 10_000,
    pageSize,
    nowMs: () => Date.parse(at(0)),
    wait: () => Promise.reject(new Error('nothing needs to wait here')),
    random: () => 0,
  })

/** All that changed after a position, page by page: the devices told, and where to go on. */
async function follow(source: FleetSource, position: string): Promise<{ told: number[]; position: string }> {
  const told: number[] = []
  for (;;) {
    const changes = await source.changes(position)
    told.push(...changes.devices.map(({ uuid }) => Number(uuid)))
    position = changes.position
    if (!changes.isMore) return { told, position }
  }
}

test('what was told is not told again', async () => {
  const source = sourceOf(2)
  for (const id of [1, 2, 3, 4, 5]) commit(id, 20 + id)
  const { position } = await source.changes(null)
  const first = await follow(source, position)
  expect((await follow(source, first.position)).told).toEqual([])
  commit(2, 40)
  expect((await follow(source, first.position)).told).toEqual([2])
})

test.each([
  ['in one answer', 10],
  ['over answers, the last not full', 3],
  ['over answers, the last full', 2],
])('a change that becomes visible late is told: after changes %s', async (_name, pageSize) => {
  const source = sourceOf(pageSize)
  commit(9, 20)
  const { position } = await source.changes(null)
  const ids = [1, 2, 3]
  for (const id of ids) commit(id, 40 + id)
  const { told, position: next } = await follow(source, position)
  expect(told).toEqual(expect.arrayContaining(ids))
  // Its transaction began before those that were read, and ended after.
  commit(8, 39)
  expect((await follow(source, next)).told).toEqual([8])
})

test('a change that becomes visible late is told: when it is followed from now on', async () => {
  const source = sourceOf(2)
  commit(9, 20)
  const { position } = await source.changes(null)
  commit(8, 19)
  expect((await follow(source, position)).told).toContain(8)
})
