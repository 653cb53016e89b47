import { expect, test } from 'vitest'
import { frozenLink } from './frozen-link'

const nowMs = Date.parse('2026-01-15T12:00:00.000Z')
const base = `https://wheelhouse.test/devices/${'a'.repeat(32)}`
const of = (rest: string) => {
  const { href, sees } = frozenLink(base + rest, { sinceMs: 0, nowMs })
  const url = new URL(href)
  return { path: url.pathname.slice(41), query: Object.fromEntries(url.searchParams), sees }
}

test('a range that moves with the clock is fixed, filters and tab stay', () => {
  expect(of('/logs?range=6h&service=main&text=out+of+memory')).toMatchObject({
    path: '/logs',
    query: {
      from: '2026-01-15T06:00:00.000Z',
      to: '2026-01-15T12:00:00.000Z',
      service: 'main',
      text: 'out of memory',
    },
  })
  expect(of('/timeline?as=table')).toMatchObject({
    path: '/timeline',
    query: { from: '2026-01-14T12:00:00.000Z', to: '2026-01-15T12:00:00.000Z', as: 'table' },
  })
})

test('a range that is fixed stays, also its open end is closed', () => {
  const fixed = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' }
  expect(of(`/timeline?from=${fixed.from}&to=${fixed.to}`).query).toEqual(fixed)
  expect(of(`/logs?from=${fixed.from}`).query).toEqual({ from: fixed.from, to: '2026-01-15T12:00:00.000Z' })
})

test('a line of the log is fixed by itself', () => {
  expect(of('/logs?line=77&context=20')).toMatchObject({ query: { line: '77', context: '20' } })
})

test('the overview leads to the timeline of its charts', () => {
  expect(of('?range=24h')).toMatchObject({
    path: '/timeline',
    query: { from: '2026-01-14T12:00:00.000Z', to: '2026-01-15T12:00:00.000Z' },
  })
  expect(of('').query).toEqual({ from: '2026-01-15T11:00:00.000Z', to: '2026-01-15T12:00:00.000Z' })
})

test('a tab without a time says that it shows the device as it is then', () => {
  const shared = of('/compare?with=b&days=7')
  expect(shared).toMatchObject({ path: '/compare', query: { with: 'b', days: '7' } })
  expect(shared.sees).toContain('when they open it')
})
