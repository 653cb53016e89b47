import type { RolloutDetail } from '#contract/rollout'
import { isBackward } from './rollout-state'

type Counts = RolloutDetail['counts']
/** What a forecast is made from. */
export type ForecastInput = Pick<RolloutDetail, 'state' | 'plan' | 'phases' | 'counts' | 'samples' | 'pauses'>

/** What a forecast rests on: so many devices got the release within the window. */
export type ForecastBasis = { devices: number; windowMs: number; perHour: number }
export type Forecast =
  | {
      kind: 'finish' | 'approval'
      atMs: number
      /** Null where nothing but soak time is left. */
      basis: ForecastBasis | null
      /** Devices that cannot be heard: not counted. */
      offline: number
      /** For `approval`: the phase that will wait for somebody. */
      phaseName: string | null
      /** Offers are made only in a maintenance window, which is not reckoned with. */
      hasWindow: boolean
    }
  | { kind: 'none'; why: string }

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** How far back the rate is looked at. */
export const RATE_WINDOW_MS = 30 * MINUTE_MS
/** Less says nothing: the first devices of a phase arrive in a bunch. */
const LEAST_WINDOW_MS = 10_000
const LEAST_DEVICES = 3

const none = (why: string): Forecast => ({ kind: 'none', why })
const devices = (count: number) => (count === 1 ? '1 device' : `${count} devices`)

/** Devices that have the release (or, going back, are back), well or not: these make the rate. */
const landed = (counts: Counts, isBack: boolean) =>
  isBack ? counts['rolled-back'] : counts.verifying + counts.succeeded + counts.failed
const underWay = (counts: Counts) =>
  counts.offered + counts.downloading + counts.installing + counts.rebooting
/** Devices that can be heard and have not got there yet. */
const leftOf = (counts: Counts, isBack: boolean) =>
  underWay(counts) + (isBack ? counts.verifying : counts.waiting)

type Pace = ForecastBasis & {
  /** Devices a ms. */
  rate: number
  /** How long one device takes, by the mean number on their way: what a phase with more at once is reckoned by. */
  deviceMs: number
}

/**
 * The pace since the last time the rollout went on, within the last half hour; null when too little was seen. Counts stay
 * as they are between two samples.
 */
function paceOf(input: ForecastInput, nowMs: number): Pace | null {
  const isBack = isBackward(input.state)
  const sinceMs = Math.max(
    nowMs - RATE_WINDOW_MS,
    ...input.pauses.map((pause) => (pause.to === null ? 0 : Date.parse(pause.to))),
    ...input.phases.flatMap((phase) =>
      phase.state === 'open' && phase.openedAt !== null ? [Date.parse(phase.openedAt)] : [],
    ),
  )
  const steps = [
    ...input.samples.map((sample) => ({ atMs: Date.parse(sample.at), counts: sample.counts })),
    { atMs: nowMs, counts: input.counts },
  ].filter((step) => step.atMs <= nowMs)
  const start = steps.findLast((step) => step.atMs <= sinceMs) ?? steps[0]
  if (!start) return null
  const inWindow = steps.filter((step) => step.atMs > Math.max(sinceMs, start.atMs))
  const fromMs = Math.max(sinceMs, start.atMs)
  let busyMs = 0
  let held = { atMs: fromMs, counts: start.counts }
  for (const step of inWindow) {
    busyMs += underWay(held.counts) * (step.atMs - held.atMs)
    held = step
  }
  const windowMs = nowMs - fromMs
  const count = landed(input.counts, isBack) - landed(start.counts, isBack)
  if (windowMs < LEAST_WINDOW_MS || count < LEAST_DEVICES) return null
  const rate = count / windowMs
  return { devices: count, windowMs, perHour: rate * HOUR_MS, rate, deviceMs: busyMs / count }
}

/** How long a phase that has yet to open takes for its devices to get the release, by pace and limits. */
function timeFor(count: number, pace: Pace, plan: ForecastInput['plan']): number {
  if (count === 0) return 0
  const atOnce = Math.min(count, plan.maxUpdating ?? count)
  const byPlaces = (count * pace.deviceMs) / atOnce
  const byStarts = plan.startsPerMinute === null ? 0 : (count / plan.startsPerMinute) * MINUTE_MS
  // A phase with room for more devices at once is quicker than what was seen, never slower.
  return Math.max(Math.min(byPlaces, count / pace.rate), byStarts)
}

/** When the device that got the release last will have stayed well on it for its soak time. */
function soakLeft(input: ForecastInput, soakMs: number, nowMs: number): number {
  const now = landed(input.counts, false)
  const last = input.samples.find((sample) => landed(sample.counts, false) >= now)
  const sinceMs = last === undefined ? nowMs : Math.min(nowMs, Date.parse(last.at))
  return Math.max(0, soakMs - (nowMs - sinceMs))
}

/** Why there can be no forecast, whatever the rate; null when there can. */
function obstacle({ state, phases, counts, plan }: ForecastInput): string | null {
  if (state === 'paused') return 'it is paused'
  if (state !== 'running' && state !== 'rolling-back') return 'it has ended'
  const isBack = isBackward(state)
  if (leftOf(counts, isBack) === 0 && counts.verifying === 0 && counts.offline > 0)
    return `only ${devices(counts.offline)} that cannot be heard ${counts.offline === 1 ? 'is' : 'are'} left`
  if (isBack) return null
  const waiting = phases.find((phase) => phase.state === 'awaiting-approval')
  const isOpen = phases.some(
    (phase) => phase.state === 'open' || leftOf(phase.counts, false) + phase.counts.verifying > 0,
  )
  const begun = phases.filter((phase) => phase.state === 'open' || phase.state === 'passed')
  const moving = begun.reduce((sum, phase) => sum + underWay(phase.counts) + phase.counts.verifying, 0)
  if (waiting && (!isOpen || moving === 0)) return `phase “${waiting.name}” waits for approval`
  if (plan.window !== null && moving === 0)
    return `nothing is on its way; offers are made only from ${plan.window.from} to ${plan.window.to} in the time of each device`
  return null
}

/**
 * When the rollout will be through, by the rate of the last minutes, soak times and limits. Devices that cannot be heard
 * are not counted. Pure.
 */
export function forecastRollout(input: ForecastInput, nowMs: number): Forecast {
  const why = obstacle(input)
  if (why !== null) return none(why)
  const { plan, counts } = input
  const isBack = isBackward(input.state)
  const pace = paceOf(input, nowMs)
  const basis = pace && { devices: pace.devices, windowMs: pace.windowMs, perHour: pace.perHour }
  const tooEarly = none('too few devices have got it since the rollout last went on to tell how fast it goes')
  const at = (kind: 'finish' | 'approval', atMs: number, phaseName: string | null = null): Forecast => ({
    kind,
    atMs,
    basis,
    offline: counts.offline,
    phaseName,
    hasWindow: plan.window !== null,
  })
  if (isBack) {
    const left = leftOf(counts, true)
    if (left > 0 && pace === null) return tooEarly
    return at('finish', nowMs + (pace === null ? 0 : left / pace.rate))
  }
  const begun = input.phases.filter((phase) => phase.state === 'open' || phase.state === 'passed')
  const left = begun.reduce((sum, phase) => sum + leftOf(phase.counts, false), 0)
  const soakMs = Math.max(
    0,
    ...begun.filter((phase) => phase.state === 'open').map((phase) => phase.soakSeconds * 1000),
  )
  if (left > 0 && pace === null) return tooEarly
  const inSoak = begun.reduce((sum, phase) => sum + phase.counts.verifying, 0)
  let atMs = nowMs
  if (left > 0 && pace !== null) atMs += left / pace.rate + soakMs
  else if (inSoak > 0) atMs += soakLeft(input, soakMs, nowMs)
  for (const phase of input.phases) {
    if (phase.state === 'open' || phase.state === 'passed') continue
    const count = leftOf(phase.counts, false)
    if (count === 0 && phase.counts.offline === 0) continue
    if (phase.approval === 'manual' && !phase.isControl && phase.index > 0)
      return at('approval', atMs, phase.name)
    if (count === 0) continue
    if (pace === null) return tooEarly
    atMs += timeFor(count, pace, plan) + phase.soakSeconds * 1000
  }
  return at('finish', atMs)
}
