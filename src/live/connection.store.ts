import { create } from 'zustand'
import { HEARTBEAT_MS } from '#contract/live-timing'

/** Without a word from the gateway for this long, what is on screen may be old. */
export const STALE_AFTER_MS = 3 * HEARTBEAT_MS

export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'stale'

type ConnectionState = {
  status: ConnectionStatus
  /** When the gateway was last heard, ms since the epoch; null before the first time. */
  lastHeardAtMs: number | null
  /** Why the gateway closed the connection, when it said so. */
  reason: string | null
}

/** What the shell shows: Live, Reconnecting, or Stale since when. Written by the live client alone. */
export const useConnection = create<ConnectionState>()(() => ({
  status: 'connecting',
  lastHeardAtMs: null,
  reason: null,
}))

/** The status that follows from whether the socket is up and when it was last heard. */
export function connectionStatus(input: {
  isConnected: boolean
  lastHeardAtMs: number | null
  nowMs: number
}): ConnectionStatus {
  const { isConnected, lastHeardAtMs, nowMs } = input
  if (lastHeardAtMs === null) return 'connecting'
  if (nowMs - lastHeardAtMs >= STALE_AFTER_MS) return 'stale'
  return isConnected ? 'live' : 'reconnecting'
}
