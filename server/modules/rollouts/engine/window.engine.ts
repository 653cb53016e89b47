import type { MaintenanceWindow } from '#contract/rollout-plan'

const MINUTES_PER_DAY = 1440
const MINUTE_MS = 60_000
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(timeZone, format)
  return format
}

/** Minute of the day and weekday (1 Monday to 7 Sunday) at `nowMs` in a time zone. */
function localTime(timeZone: string, nowMs: number): { minute: number; weekday: number } {
  const parts = formatOf(timeZone).formatToParts(nowMs)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? ''
  return {
    minute: Number(part('hour')) * 60 + Number(part('minute')),
    weekday: WEEKDAYS.indexOf(part('weekday')) + 1,
  }
}

const minuteOf = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5))

/** When the window opens next, ms since the epoch, for a device outside of it. */
export function windowOpensAtMs(window: MaintenanceWindow, timeZone: string | null, nowMs: number): number {
  const zone = timeZone ?? window.timeZone
  const thisMinuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
  const { minute, weekday } = localTime(zone, nowMs)
  const from = minuteOf(window.from)
  for (let day = 0; day <= 7; day++) {
    const minutes = from - minute + day * MINUTES_PER_DAY
    const begins = ((weekday - 1 + day) % 7) + 1
    if (minutes <= 0 || (window.weekdays.length > 0 && !window.weekdays.includes(begins))) continue
    const roughlyMs = thisMinuteMs + minutes * MINUTE_MS
    // Clocks may be set forward or back in between.
    const late = localTime(zone, roughlyMs).minute - from
    const shift = Math.abs(late) > MINUTES_PER_DAY / 2 ? late - Math.sign(late) * MINUTES_PER_DAY : late
    return Math.max(thisMinuteMs + MINUTE_MS, roughlyMs - shift * MINUTE_MS)
  }
  return thisMinuteMs + MINUTES_PER_DAY * MINUTE_MS
}

/**
 * Whether a device may be offered an update now. A device that names no zone is in the window's own. The weekday is
 * that of the window's beginning: 22:00-04:00 on Friday lasts into Saturday. `from` equal to `to` is the whole day.
 */
export function isInWindow(
  window: MaintenanceWindow | null,
  timeZone: string | null,
  nowMs: number,
): boolean {
  if (window === null) return true
  const { minute, weekday } = localTime(timeZone ?? window.timeZone, nowMs)
  const from = minuteOf(window.from)
  const length = (minuteOf(window.to) - from + MINUTES_PER_DAY) % MINUTES_PER_DAY || MINUTES_PER_DAY
  const sinceBegin = (minute - from + MINUTES_PER_DAY) % MINUTES_PER_DAY
  if (sinceBegin >= length) return false
  const beganOn = minute >= from ? weekday : ((weekday + 5) % 7) + 1
  return window.weekdays.length === 0 || window.weekdays.includes(beganOn)
}
