import { expect, test } from 'vitest'
import type { SourceReading } from '#contract/source'
import { ageOf, gatewayTimeMs, LATE_AFTER_MS } from './source-age-words'

const at = '2026-01-15T12:00:00.000Z'
const atMs = Date.parse(at)
/** This browser's clock is an hour ahead. */
const heardAtMs = atMs + 3_600_000
const told = (reading: Partial<SourceReading> | null) => ({
  at,
  heardAtMs,
  status: {
    kind: 'balena' as const,
    name: 'openBalena at api.example.com',
    address: 'https://api.example.com',
    missing: [],
    reading: reading && {
      state: 'reading' as const,
      problem: null,
      readAt: '2026-01-15T11:59:58.000Z',
      shownReadAt: '2026-01-15T11:59:58.000Z',
      feeds: [],
      requestsLastMinute: 0,
      requestsPerMinute: 120,
      quietUntil: null,
      waitingTargets: 0,
      ...reading,
    },
  },
})
const problem = { code: 'token' as const, sentence: 'The token has expired.', since: at }

test('devices that tell by themselves have no age', () => {
  expect(ageOf(told(null), heardAtMs, true)).toBeNull()
})

test('the age is by the clock of the gateway, whatever that of the browser says', () => {
  expect(gatewayTimeMs(told({}), heardAtMs + 5000)).toBe(atMs + 5000)
  expect(ageOf(told({}), heardAtMs, true)).toEqual({ kind: 'fresh', ageMs: 2000 })
  expect(ageOf(told({}), heardAtMs + 5000, true)).toEqual({ kind: 'fresh', ageMs: 7000 })
  // The page's second may have begun before it was told.
  expect(ageOf(told({ readAt: at }), heardAtMs - 400, true)).toEqual({ kind: 'fresh', ageMs: 0 })
})

test('too old is late, and so is what cannot be read, however young', () => {
  const late = { kind: 'late', since: '2026-01-15T11:59:58.000Z' }
  expect(ageOf(told({}), heardAtMs + LATE_AFTER_MS - 2000, true)?.kind).toBe('fresh')
  expect(ageOf(told({}), heardAtMs + LATE_AFTER_MS - 1999, true)).toEqual({ ...late, sentence: null })
  expect(ageOf(told({ state: 'failing', problem }), heardAtMs, true)).toEqual({
    ...late,
    sentence: 'The token has expired.',
  })
  expect(ageOf(told({ state: 'failing', problem, readAt: null }), heardAtMs, true)).toMatchObject({
    kind: 'late',
    since: null,
  })
})

test('what was not read yet, or not wholly, is beginning', () => {
  expect(ageOf(told({ readAt: null, state: 'waiting' }), heardAtMs, true)).toEqual({ kind: 'beginning' })
  expect(ageOf(told({ state: 'beginning' }), heardAtMs, true)).toEqual({ kind: 'beginning' })
})

test('a gateway that is not heard says nothing about the source', () => {
  expect(ageOf(told({}), heardAtMs + 600_000, false)).toEqual({
    kind: 'held',
    readAt: '2026-01-15T11:59:58.000Z',
  })
})
