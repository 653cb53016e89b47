import { expect, test } from 'vitest'
import { connectionStatus, STALE_AFTER_MS } from './connection.store'

const nowMs = 1_000_000

test('before the gateway was ever heard the page is connecting', () => {
  for (const isConnected of [true, false])
    expect(connectionStatus({ isConnected, lastHeardAtMs: null, nowMs })).toBe('connecting')
})

test('heard a moment ago: live while the socket is up, reconnecting while it is not', () => {
  const lastHeardAtMs = nowMs - 1
  expect(connectionStatus({ isConnected: true, lastHeardAtMs, nowMs })).toBe('live')
  expect(connectionStatus({ isConnected: false, lastHeardAtMs, nowMs })).toBe('reconnecting')
})

test('silence makes it stale even when the socket looks open', () => {
  for (const isConnected of [true, false]) {
    expect(connectionStatus({ isConnected, lastHeardAtMs: nowMs - STALE_AFTER_MS, nowMs })).toBe('stale')
    expect(connectionStatus({ isConnected, lastHeardAtMs: nowMs - STALE_AFTER_MS + 1, nowMs })).not.toBe(
      'stale',
    )
  }
})
