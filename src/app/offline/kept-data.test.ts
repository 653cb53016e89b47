import { expect, test } from 'vitest'
import type { Me } from '#contract/session'
import { chooseKept, isKept, KEPT_HOURS, mayShow, ME_KEY, MOST_CHARS, MOST_ENTRIES } from './kept-data'

const nowMs = Date.parse('2026-01-15T12:00:00.000Z')
const me: Me = {
  user: {
    id: 7,
    name: 'Ada',
    email: 'ada@example.com',
    signsInBy: 'password',
    role: 'admin',
    access: { everywhere: 'admin', fleets: [] },
  },
  csrfToken: 'a secret of this session',
  needsSecondStep: false,
  source: { kind: 'embedded', name: 'this gateway', missing: [], isRead: false },
  expiresAt: '2026-01-15T20:00:00.000Z',
}
const seen = (queryKey: readonly unknown[], data: unknown, dataUpdatedAt = nowMs) => ({
  queryKey,
  state: { data, dataUpdatedAt },
})
const meSeen = seen(ME_KEY, me)

test('what an operator looks at is kept', () => {
  for (const key of [
    ME_KEY,
    ['fleets', 'list'],
    ['fleets', 'one', 3],
    ['devices', 'list', {}, 'name', 'asc', 0],
    ['devices', 'one', 'ab'],
    ['rollouts', 'one', 3],
    ['releases', 'list', {}],
    ['notifications', 'inbox'],
  ])
    expect(isKept(key), JSON.stringify(key)).toBe(true)
})

test.each([
  [['session', 'own']],
  [['session', 'totp']],
  [['fleets', 'one', 3, 'variables']],
  [['fleets', 'one', 3, 'provisioning-keys']],
  [['devices', 'part', 'ab', 'variables']],
  [['releases', 'one', 3]],
  [['releases', 'check', 3, 'services: {}']],
  [['logs', 'page', {}, null]],
  [['notes', 'ab', null]],
  [['audit', 'list', {}]],
  [['api-tokens', 'list']],
  [['users', 'list']],
  [['webhooks', 'list']],
  [['something', 'new']],
])('secrets, log lines and what nobody named are not: %j', (key) => {
  expect(isKept(key)).toBe(false)
})

test('the token that lets writes through is not kept', () => {
  const entries = chooseKept([meSeen])
  expect(entries).toEqual([{ key: ME_KEY, data: { ...me, csrfToken: '' }, at: nowMs }])
  expect(JSON.stringify(entries)).not.toContain(me.csrfToken)
  expect(me.csrfToken).not.toBe('')
})

test('the newest are kept, as many as there is room for, and whose they are in any case', () => {
  const many = Array.from({ length: MOST_ENTRIES + 20 }, (_, index) =>
    seen(['devices', 'one', String(index)], { index }, nowMs + index),
  )
  const entries = chooseKept([...many, seen(ME_KEY, me, 0)])
  expect(entries).toHaveLength(MOST_ENTRIES)
  expect(entries[0]?.key).toEqual(ME_KEY)
  expect(entries[1]?.key).toEqual(['devices', 'one', String(MOST_ENTRIES + 19)])
})

test('what is too large is left out, by itself and together', () => {
  const large = (name: string, chars: number) => seen(['devices', 'one', name], 'x'.repeat(chars))
  expect(chooseKept([meSeen, large('huge', MOST_CHARS.one)])).toHaveLength(1)
  const entries = chooseKept([
    meSeen,
    ...Array.from({ length: 10 }, (_, index) => large(String(index), MOST_CHARS.one - 10)),
  ])
  expect(JSON.stringify(entries.map(({ data }) => data)).length).toBeLessThan(MOST_CHARS.all)
  expect(entries.length).toBeGreaterThan(3)
})

test('it may be shown by the same build, within a day, while the session would be open', () => {
  const kept = { build: 'one', userId: 7, at: nowMs, entries: chooseKept([meSeen]) }
  expect(mayShow(kept, 'one', nowMs + 1000)).toBe(true)
  expect(mayShow(kept, 'another', nowMs + 1000)).toBe(false)
  expect(mayShow(kept, 'one', Date.parse(me.expiresAt))).toBe(false)
  const lasting = chooseKept([seen(ME_KEY, { ...me, expiresAt: '2027-01-01T00:00:00.000Z' })])
  expect(mayShow({ ...kept, entries: lasting }, 'one', nowMs + KEPT_HOURS * 3_600_000)).toBe(false)
  expect(mayShow({ ...kept, entries: [] }, 'one', nowMs)).toBe(false)
})
