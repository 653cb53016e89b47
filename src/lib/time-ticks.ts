import { lazyDateFormat } from './lazy-format'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS
const MAX_TICKS = 5

const stepsMs = [
  ...[5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10_080].map(
    (minutes) => minutes * MINUTE_MS,
  ),
]

const withSeconds = lazyDateFormat({
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const clock = lazyDateFormat({ hour: '2-digit', minute: '2-digit' })
const day = lazyDateFormat({ day: 'numeric', month: 'short' })

const stepOf = (fromMs: number, toMs: number) =>
  stepsMs.find((step) => (toMs - fromMs) / step <= MAX_TICKS) ?? DAY_MS * 28

/** Round moments of the viewer's time zone inside a range (ms), at most 6, so that labels do not crawl with the clock. */
export function timeTicks(fromMs: number, toMs: number): number[] {
  const stepMs = stepOf(fromMs, toMs)
  const offsetMs = new Date(toMs).getTimezoneOffset() * MINUTE_MS
  const ticks: number[] = []
  for (let at = Math.ceil((fromMs - offsetMs) / stepMs) * stepMs + offsetMs; at <= toMs; at += stepMs)
    ticks.push(at)
  return ticks
}

/** How exactly a moment of a range must be told: to the second, the minute or the day. */
export function tickText(atMs: number, fromMs: number, toMs: number): string {
  if (toMs - fromMs > 2 * DAY_MS) return day.format(atMs)
  return stepOf(fromMs, toMs) < MINUTE_MS ? withSeconds.format(atMs) : clock.format(atMs)
}
