/** What of time is on screen, in ms. */
export type Span = { fromMs: number; toMs: number }

const MIN_MS = 10_000
const MAX_MS = 366 * 86_400_000

/** The span with this factor (0.5: half as long), in which the moment at `share` (0 to 1) stays where it is. */
export function zoomed(span: Span, factor: number, share: number, nowMs: number): Span {
  const lengthMs = span.toMs - span.fromMs
  const nextMs = Math.min(MAX_MS, Math.max(MIN_MS, lengthMs * factor))
  const anchorMs = span.fromMs + lengthMs * share
  return settled({ fromMs: anchorMs - nextMs * share, toMs: anchorMs + nextMs * (1 - share) }, nowMs)
}

/** The span moved by a share of its length; not into the future. */
export function panned(span: Span, share: number, nowMs: number): Span {
  const byMs = (span.toMs - span.fromMs) * share
  return settled({ fromMs: span.fromMs + byMs, toMs: span.toMs + byMs }, nowMs)
}

/** The span between two shares of another, whichever comes first, at least as long as one can see. */
export function between(span: Span, a: number, b: number, nowMs: number): Span {
  const lengthMs = span.toMs - span.fromMs
  const [left, right] = [Math.max(0, Math.min(a, b)), Math.min(1, Math.max(a, b))]
  const fromMs = span.fromMs + lengthMs * left
  return settled({ fromMs, toMs: Math.max(fromMs + MIN_MS, span.fromMs + lengthMs * right) }, nowMs)
}

/** In whole seconds, ending now at the latest, of the same length. */
function settled({ fromMs, toMs }: Span, nowMs: number): Span {
  const lengthMs = Math.round((toMs - fromMs) / 1000) * 1000
  const endMs = Math.min(Math.ceil(nowMs / 1000) * 1000, Math.round(toMs / 1000) * 1000)
  return { fromMs: endMs - lengthMs, toMs: endMs }
}

/** Where a moment stands in a span, as a share; outside of it below 0 or above 1. */
export const shareOf = (atMs: number, { fromMs, toMs }: Span) => (atMs - fromMs) / (toMs - fromMs)

const MINUTE_MS = 60_000
/** The minute of a moment, or the whole span of what lasted longer: what the logs are opened with. */
export function minutesOf(fromMs: number, toMs: number): Span {
  const startMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS
  return { fromMs: startMs, toMs: Math.max(startMs + MINUTE_MS, Math.ceil(toMs / MINUTE_MS) * MINUTE_MS) }
}
