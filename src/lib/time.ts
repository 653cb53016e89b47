import { useSyncExternalStore } from 'react'
import { lazyDateFormat } from './lazy-format'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const clock = lazyDateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const dayAndClock = lazyDateFormat({
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const preciseClock = lazyDateFormat({
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
})
const day = lazyDateFormat({ day: 'numeric', month: 'short' })
const date = lazyDateFormat({ day: 'numeric', month: 'short', year: 'numeric' })
const full = lazyDateFormat({ dateStyle: 'full', timeStyle: 'long' })

/** `14:03:07` in the viewer's time zone. */
export const formatClock = (at: Date | number | string): string => clock.format(new Date(at))
/** `14:03:07.042` in the viewer's time zone. */
export const formatPreciseClock = (at: Date | number | string): string => preciseClock.format(new Date(at))
/** `24 Nov` in the viewer's time zone. */
export const formatDay = (at: Date | number | string): string => day.format(new Date(at))
/** `24 Nov 2026` in the viewer's time zone. */
export const formatDate = (at: Date | number | string): string => date.format(new Date(at))
/** `24 Nov, 14:03:07` in the viewer's time zone. */
export const formatInstant = (at: Date | number | string): string => dayAndClock.format(new Date(at))
/** With weekday, year and time zone, for tooltips. */
export const formatFullInstant = (at: Date | number | string): string => full.format(new Date(at))

/** The two largest units of a length of time in ms: `3 d 4 h`, `12 min`, `8 s`. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms)
  if (value < MINUTE_MS) return `${Math.floor(value / SECOND_MS)} s`
  if (value < HOUR_MS) return `${Math.floor(value / MINUTE_MS)} min`
  if (value < DAY_MS) {
    const minutes = Math.floor((value % HOUR_MS) / MINUTE_MS)
    return `${Math.floor(value / HOUR_MS)} h${minutes > 0 ? ` ${minutes} min` : ''}`
  }
  const hours = Math.floor((value % DAY_MS) / HOUR_MS)
  return `${Math.floor(value / DAY_MS)} d${hours > 0 ? ` ${hours} h` : ''}`
}

/** `just now`, `8 s ago`, `3 h 4 min ago`, `in 5 min`. */
export function formatRelative(at: Date | number | string, nowMs: number): string {
  const deltaMs = nowMs - new Date(at).getTime()
  if (Math.abs(deltaMs) < 3 * SECOND_MS) return 'just now'
  return deltaMs < 0 ? `in ${formatDuration(-deltaMs)}` : `${formatDuration(deltaMs)} ago`
}

let nowMs = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    nowMs = Date.now()
    for (const notify of listeners) notify()
  }, SECOND_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && timer) {
      clearInterval(timer)
      timer = null
    }
  }
}

/** The clock of the whole page in ms, one timer for everybody, rounded so that only what changes is drawn again. */
export function useNow(stepMs: number = SECOND_MS): number {
  return useSyncExternalStore(subscribe, () => {
    if (listeners.size === 0) nowMs = Date.now()
    return Math.floor(nowMs / stepMs) * stepMs
  })
}
