import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bandsOf, type StateChange } from './bands.ts'
import { buildLanes } from './build-timeline.ts'
import { mergeMarks, momentOf, type Mark } from './marks.ts'
import { burstsOf } from './service-lanes.ts'
import type { EventGroup, StoredEvent, TimelineDevice, TimelineSource } from './timeline-events.ts'

const MINUTE = 60_000
const T0 = Date.parse('2026-01-01T00:00:00.000Z')
const at = (minute: number) => T0 + minute * MINUTE
const iso = (minute: number) => new Date(at(minute)).toISOString()

const device: TimelineDevice = {
  id: 1,
  fleetId: 1,
  createdAtMs: at(-10_000),
  connectivity: 'online',
  connectivityChangedAtMs: null,
  release: '1.0.0',
  osVersion: 'balenaOS 6.0.0',
  updateState: 'idle',
  reasons: [],
  facts: {},
  services: [{ name: 'main', isRunning: true }],
}
const event = (
  minute: number,
  kind: string,
  data: Record<string, unknown> = {},
  more: Partial<StoredEvent> = {},
): StoredEvent => ({
  atMs: at(minute),
  kind,
  severity: 'info',
  summary: `${kind} at ${minute}`,
  actor: null,
  data,
  ...more,
})
const one = (first: StoredEvent): EventGroup => ({
  first,
  last: first,
  count: 1,
  times: Number(first.data.times ?? 1),
})
const source = (events: readonly StoredEvent[], own: Partial<TimelineSource> = {}): TimelineSource => ({
  device,
  before: [],
  groups: events.map(one),
  actions: [],
  fromMs: at(0),
  toMs: at(60),
  knownToMs: at(60),
  nowMs: at(60),
  ...own,
})
const lane = (from: TimelineSource, id: string) =>
  buildLanes(from).find((other) => other.id === id)?.marks ?? []
const told = (from: TimelineSource, id: string) =>
  lane(from, id).map((mark) => [
    mark.label,
    (Date.parse(mark.from) - T0) / MINUTE,
    (Date.parse(mark.to) - T0) / MINUTE,
  ])

describe('connectivity', () => {
  test('an outage begins when the device was last heard, not when it was noticed', () => {
    const from = source([
      event(20, 'connectivity', { to: 'offline', since: iso(10) }),
      event(30, 'connectivity', { to: 'online', from: 'offline' }),
      event(50, 'connectivity', { to: 'online', from: 'late', lateSince: iso(45) }),
    ])
    expect(told(from, 'connectivity')).toEqual([
      ['Online', 0, 10],
      ['Offline', 10, 30],
      ['Online', 30, 45],
      ['Late', 45, 50],
      ['Online', 50, 60],
    ])
  })
  test('before it registered nothing is known, then it was never heard', () => {
    const young = { ...device, createdAtMs: at(10), connectivity: 'online' }
    const from = source([event(20, 'connectivity', { to: 'online', from: 'never' })], { device: young })
    expect(told(from, 'connectivity')).toEqual([
      ['Never heard', 10, 20],
      ['Online', 20, 60],
    ])
  })
  test('a range that ends later ends now; an outage that lasts is open', () => {
    const from = source([event(20, 'connectivity', { to: 'offline', since: iso(10) })], {
      knownToMs: at(40),
      nowMs: at(40),
    })
    expect(lane(from, 'connectivity').at(-1)).toMatchObject({
      label: 'Offline',
      to: iso(40),
      isOpenEnd: true,
    })
  })
  test('a device whose clock is years off, or a moment that is none, moves nothing out of its place', () => {
    for (const since of ['1970-01-01T00:00:00Z', '2096-01-01T00:00:00Z', 'soon', ''])
      expect(
        told(source([event(20, 'connectivity', { to: 'offline', since })]), 'connectivity')
          .at(-1)
          ?.slice(0, 1),
      ).toEqual(['Offline'])
  })
})

test('a release that follows on a newer one is marked as a way back', () => {
  const from = source([
    event(10, 'update', { outcome: 'succeeded', step: 'done', semver: '1.1.0', from: '1.0.0' }),
    event(20, 'update', { outcome: 'succeeded', step: 'done', semver: '1.0.0', from: '1.1.0' }),
  ])
  expect(told(from, 'release')).toEqual([
    ['1.0.0', 0, 10],
    ['1.1.0', 10, 20],
    ['1.0.0 (back)', 20, 60],
  ])
})

test('a host OS that was rolled back is marked from then on', () => {
  const from = source([event(30, 'os', { phase: 'rolled-back', detail: 'health check failed' })])
  expect(told(from, 'os').map(([label]) => label)).toEqual(['balenaOS 6.0.0', 'balenaOS 6.0.0 (rolled back)'])
  expect(lane(from, 'update')[0]).toMatchObject({ label: 'Host OS rolled back', tone: 'critical' })
})

test('an attempt to update tells its steps, bytes and result; one that was overtaken says so', () => {
  const step = (minute: number, name: string, semver: string, more = {}) =>
    event(minute, 'update', { step: name, semver, ...more })
  const from = source([
    step(5, 'downloading', '1.1.0'),
    step(10, 'downloading', '1.2.0'),
    step(20, 'downloaded', '1.2.0', { bytes: 2_000_000, fullBytes: 90_000_000, mode: 'delta' }),
    step(22, 'applying', '1.2.0'),
    step(25, 'done', '1.2.0', { outcome: 'succeeded' }),
  ])
  expect(told(from, 'update')).toEqual([
    ['1.1.0 not finished', 5, 10],
    ['1.2.0 done', 10, 25],
  ])
  expect(lane(from, 'update')[1]?.detail).toEqual([
    'Update to 1.2.0: done',
    'In all: 15 min',
    'Download: 10 min',
    'Install: 3 min',
    '2.0 MB instead of 90.0 MB, as a delta',
  ])
})

describe('services', () => {
  test('a crash loop is one block with its count, between the spans in which the service ran', () => {
    const restart = (minute: number, times: number) =>
      event(minute, 'service', { service: 'main', times, exitCode: 3 })
    const from = source([restart(10, 1), restart(12, 30), restart(19, 6), restart(50, 1)])
    expect(told(from, 'service:main')).toEqual([
      ['Runs', 0, 10],
      ['Crash loop, 37 restarts', 10, 19],
      ['Runs', 19, 50],
      ['1 restart', 50, 50],
      ['Runs', 50, 60],
    ])
    expect(lane(from, 'service:main')[1]).toMatchObject({ count: 37, tone: 'critical' })
  })
  test('a stop tells its exit code until the next start', () => {
    const from = source([
      event(10, 'service', { service: 'main', change: 'stopped', exitCode: 137 }),
      event(20, 'service', { service: 'main', change: 'started' }),
    ])
    expect(told(from, 'service:main')).toEqual([
      ['Runs', 0, 10],
      ['Stopped, code 137', 10, 20],
      ['Runs', 20, 60],
    ])
  })
})

test('health says in every span which reasons held, also one that began before the range', () => {
  const change = (minute: number, code: string, way: string, severity: 'critical' | 'attention' | 'ok') =>
    event(
      minute,
      'health',
      { code, service: null, change: way },
      { severity, summary: `${way === 'better' ? 'No longer: ' : ''}${code}` },
    )
  const from = source([
    change(20, 'hot', 'worse', 'critical'),
    change(30, 'disk', 'better', 'ok'),
    change(40, 'hot', 'better', 'ok'),
  ])
  expect(lane(from, 'health').map((mark) => [mark.tone, ...mark.detail])).toEqual([
    ['attention', 'disk'],
    ['critical', 'disk', 'hot'],
    ['critical', 'hot'],
    ['ok', 'No reason to look at it'],
  ])
})

const messyEvents = fc.array(
  fc.record({
    minute: fc.integer({ min: 0, max: 60 }),
    kind: fc.constantFrom('connectivity', 'health', 'update', 'os', 'reboot', 'service', 'tag', 'variable'),
    to: fc.constantFrom('online', 'offline', 'late', 'never', 'elsewhere'),
    sinceMinute: fc.oneof(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.constant(null)),
    name: fc.constantFrom('main', 'side'),
    change: fc.constantFrom('started', 'stopped', 'worse', 'better', undefined),
    step: fc.constantFrom('downloading', 'downloaded', 'applying', 'done', 'rejected'),
    phase: fc.constantFrom('downloading', 'rolled-back', undefined),
    semver: fc.constantFrom('1.0.0', '1.1.0'),
    times: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 40 },
)
const messySource = messyEvents.map((list) =>
  source(
    list
      .map((own) =>
        event(own.minute, own.kind, {
          to: own.to,
          since: own.sinceMinute === null ? 'never' : iso(own.sinceMinute),
          lateSince: own.sinceMinute === null ? null : iso(own.sinceMinute),
          service: own.name,
          code: own.name,
          change: own.change,
          step: own.step,
          phase: own.phase,
          semver: own.semver,
          outcome: own.step === 'done' ? 'succeeded' : undefined,
          times: own.times,
        }),
      )
      .sort((a, b) => a.atMs - b.atMs),
  ),
)

test('marks of a lane are in order, inside the range and never overlap, whatever the device told', () => {
  fc.assert(
    fc.property(messySource, (from) => {
      for (const { marks } of buildLanes(from)) {
        let lastMs = from.fromMs
        for (const mark of marks) {
          expect(Date.parse(mark.from)).toBeGreaterThanOrEqual(lastMs)
          expect(Date.parse(mark.to)).toBeGreaterThanOrEqual(Date.parse(mark.from))
          lastMs = Date.parse(mark.to)
        }
        expect(lastMs).toBeLessThanOrEqual(from.knownToMs)
      }
    }),
  )
})

test('connectivity and health cover exactly the known time', () => {
  fc.assert(
    fc.property(messySource, (from) => {
      for (const id of ['connectivity', 'health']) {
        const marks = lane(from, id)
        expect(marks[0]?.from).toBe(iso(0))
        expect(marks.at(-1)?.to).toBe(iso(60))
        marks.slice(1).forEach((mark, index) => expect(mark.from).toBe(marks[index]?.to))
      }
    }),
  )
})

test('bands take changes in any order and at any moment', () => {
  const changes = fc.array(
    fc.record({ minute: fc.integer({ min: -100, max: 200 }), key: fc.constantFrom('a', 'b', null) }),
  )
  fc.assert(
    fc.property(changes, (list) => {
      const bands = bandsOf(
        null,
        list.map(({ minute, key }): StateChange => ({
          atMs: at(minute),
          state: key === null ? null : { key, tone: 'ok', label: key, detail: [] },
        })),
        { fromMs: at(0), toMs: at(60), isOpenStart: false, isOpenEnd: true },
      )
      bands.forEach((band, index) => {
        expect(band.toMs).toBeGreaterThan(band.fromMs)
        const next = bands[index + 1]
        if (next) expect(next.fromMs).toBeGreaterThanOrEqual(band.toMs)
        if (next?.fromMs === band.toMs) expect(next.label).not.toBe(band.label)
      })
    }),
  )
})

test('too many marks are told together: none is lost, none overlaps', () => {
  const many = fc.array(fc.integer({ min: 0, max: 3600 }), { minLength: 30, maxLength: 300 })
  fc.assert(
    fc.property(many, (seconds) => {
      const marks = [...new Set(seconds)]
        .sort((a, b) => a - b)
        .map((second): Mark => momentOf(T0 + second * 1000, { tone: 'info', label: 'x', detail: ['x'] }))
      const merged = mergeMarks(marks, at(0), at(60), 'restarts', 20)
      expect(merged.length).toBeLessThanOrEqual(Math.max(20, 0))
      expect(merged.reduce((sum, mark) => sum + mark.count, 0)).toBe(marks.length)
      merged.slice(1).forEach((mark, index) => expect(mark.fromMs).toBeGreaterThan(merged[index]?.toMs ?? 0))
    }),
  )
})

test('restarts that follow each other closely are one burst, others are apart', () => {
  const restarts = [0, 5, 14, 30].map((minute) =>
    one(event(minute, 'service', { service: 'main', exitCode: 1 })),
  )
  expect(burstsOf(restarts).map((burst) => burst.restarts)).toEqual([3, 1])
})
