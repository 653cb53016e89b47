import { create } from 'zustand'
import { HEARTBEAT_MS } from '#contract/live-timing'

/** Without a word from the gateway for this long, what is on screen may be old. */
export const STALE_AFTER_MS = 3 * HEARTBEAT_MS
/** How often it is looked whether that is so. */
export const WATCHDOG_MS = 1000

export type ConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'stale'

type ConnectionState = {
  status: ConnectionStatus
  /** Since when the page has been trying to connect, ms since the epoch; its first data are about that old. */
  startedAtMs: number | null
  /** When the gateway was last heard, ms since the epoch; null before the first time. */
  lastHeardAtMs: number | null
  /** Why the gateway closed the connection, when it said so; `kept`: the page was started without it. */
  reason: string | null
}

const unconnected: ConnectionState = {
  status: 'connecting',
  startedAtMs: null,
  lastHeardAtMs: null,
  reason: null,
}

/** What the shell shows: Live, Reconnecting, or Stale since when. Written by the live clients, and after a start without the gateway by what shows the data that were kept. */
export const useConnection = create<ConnectionState>()(() => unconnected)

/** The status that follows from whether the socket is up, when it was last heard and since when it is tried. */
export function connectionStatus(input: {
  isConnected: boolean
  startedAtMs: number | null
  lastHeardAtMs: number | null
  nowMs: number
}): ConnectionStatus {
  const { isConnected, startedAtMs, lastHeardAtMs, nowMs } = input
  const quietSinceMs = lastHeardAtMs ?? startedAtMs
  if (quietSinceMs !== null && nowMs - quietSinceMs >= STALE_AFTER_MS) return 'stale'
  if (lastHeardAtMs === null) return 'connecting'
  return isConnected ? 'live' : 'reconnecting'
}

/** Of what time the data on screen are, ms since the epoch, when they may be old; else null. For `useConnection`. */
export const staleSinceMs = (state: ConnectionState): number | null =>
  state.status === 'stale' ? (state.lastHeardAtMs ?? state.startedAtMs) : null

/** Another session or another attempt knows nothing of the one before. */
export function beginConnection(): void {
  useConnection.setState({ ...unconnected, startedAtMs: Date.now() })
}

export function judgeConnection(isConnected: boolean): void {
  const { status, startedAtMs, lastHeardAtMs } = useConnection.getState()
  const next = connectionStatus({ isConnected, startedAtMs, lastHeardAtMs, nowMs: Date.now() })
  if (next !== status) useConnection.setState({ status: next })
}
