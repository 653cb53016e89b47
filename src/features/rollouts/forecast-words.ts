import { formatCount, formatNoun } from '@/lib/format'
import { formatDuration } from '@/lib/time'
import type { Forecast, ForecastBasis } from './rollout-forecast'

const DAY_MS = 86_400_000
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** `120 devices an hour over the last 30 min`. */
function basisWords({ perHour, windowMs }: ForecastBasis): string {
  // To two figures: more would claim to know more.
  const rate = perHour < 10 ? Math.max(1, Math.round(perHour)) : Number(perHour.toPrecision(2))
  return `${formatNoun(rate, 'device')} an hour over the last ${formatDuration(windowMs)}`
}

/** The forecast in words, in the viewer's time zone: when, and on what that rests. */
export function forecastWords(forecast: Forecast, nowMs: number): { when: string; basis: string } {
  if (forecast.kind === 'none') return { when: 'No forecast', basis: forecast.why }
  const { atMs, basis, offline, phaseName, hasWindow } = forecast
  const inMs = Math.max(0, atMs - nowMs)
  const time = inMs < DAY_MS / 2 ? clock.format(atMs) : dayAndClock.format(atMs)
  const when = `about ${time} (in ${inMs < 60_000 ? 'less than a minute' : formatDuration(inMs)})`
  const parts = [
    basis === null ? 'from the soak time that is left' : `from ${basisWords(basis)}`,
    ...(offline > 0
      ? [`${formatCount(offline)} offline ${offline === 1 ? 'device' : 'devices'} not counted`]
      : []),
    ...(hasWindow ? ['as if the maintenance window stayed open'] : []),
  ]
  return {
    when: phaseName === null ? when : `${when}, until “${phaseName}” waits for approval`,
    basis: parts.join('; '),
  }
}
