import type { HeardSource } from './source.queries'

/** Figures of devices that are read from elsewhere are older than they may be. */
export const LATE_AFTER_MS = 15_000

/**
 * How old figures are that were read from elsewhere. `held`: the gateway is not heard, so nothing newer than `readAt` is known.
 * `late`: they are too old, or nothing can be read; `since`: what happened after it is not shown, null: nothing was ever read.
 */
export type SourceAge =
  | { kind: 'beginning' }
  | { kind: 'fresh'; ageMs: number }
  | { kind: 'held'; readAt: string | null }
  | { kind: 'late'; since: string | null; sentence: string | null }

type Told = Pick<HeardSource, 'at' | 'heardAtMs' | 'status'>

/** The time at the gateway, ms since the epoch, when it is `nowMs` in this browser. */
export const gatewayTimeMs = ({ at, heardAtMs }: Pick<Told, 'at' | 'heardAtMs'>, nowMs: number): number =>
  Date.parse(at) + Math.max(0, nowMs - heardAtMs)

/** Null where nothing is read from elsewhere. `isHeard`: the gateway is, so that its silence means something. */
export function ageOf(told: Told, nowMs: number, isHeard: boolean): SourceAge | null {
  const { reading } = told.status
  if (reading === null) return null
  const { readAt, state, problem } = reading
  if (!isHeard) return { kind: 'held', readAt }
  if (state === 'failing') return { kind: 'late', since: readAt, sentence: problem?.sentence ?? null }
  if (readAt === null || state === 'beginning') return { kind: 'beginning' }
  const ageMs = Math.max(0, gatewayTimeMs(told, nowMs) - Date.parse(readAt))
  return ageMs > LATE_AFTER_MS
    ? { kind: 'late', since: readAt, sentence: problem?.sentence ?? null }
    : { kind: 'fresh', ageMs }
}
