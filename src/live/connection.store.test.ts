import { expect, test } from 'vitest'
import { connectionStatus, STALE_AFTER_MS, staleSinceMs } from './connection.store'

const nowMs = 1_000_000
const startedAtMs = 0

test('before the gateway was ever heard the page is connecting', () => {
  for (const isConnected of [true, false])
    for (const startedAtMs of [null, nowMs - STALE_AFTER_MS + 1])
      expect(connectionStatus({ isConnected, startedAtMs, lastHeardAtMs: null, nowMs })).toBe('connecting')
})

test('a gateway that was never heard in all that time makes the first data stale, as of when they came', () => {
  const startedAtMs = nowMs - STALE_AFTER_MS
  for (const isConnected of [true, false])
    expect(connectionStatus({ isConnected, startedAtMs, lastHeardAtMs: null, nowMs })).toBe('stale')
  const shown = { startedAtMs, lastHeardAtMs: null, reason: null }
  expect(staleSinceMs({ ...shown, status: 'stale' })).toBe(startedAtMs)
  expect(staleSinceMs({ ...shown, status: 'connecting' })).toBeNull()
  expect(staleSinceMs({ ...shown, status: 'stale', lastHeardAtMs: nowMs })).toBe(nowMs)
})

test('heard a moment ago: live while the socket is up, reconnecting while it is not', () => {
  const lastHeardAtMs = nowMs - 1
  expect(connectionStatus({ isConnected: true, startedAtMs, lastHeardAtMs, nowMs })).toBe('live')
  expect(connectionStatus({ isConnected: false, startedAtMs, lastHeardAtMs, nowMs })).toBe('reconnecting')
})

test('silence makes it stale even when the socket looks open', () => {
  for (const isConnected of [true, false]) {
    const after = (silenceMs: number) =>
      connectionStatus({ isConnected, startedAtMs, lastHeardAtMs: nowMs - silenceMs, nowMs })
    expect(after(STALE_AFTER_MS)).toBe('stale')
    expect(after(STALE_AFTER_MS - 1)).not.toBe('stale')
  }
})
