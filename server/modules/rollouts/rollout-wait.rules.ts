import { isOpened, type RolloutSituation } from './engine/situation.engine.ts'
import { rateOpensAtMs, updatingCount } from './engine/step.engine.ts'
import { isInWindow, windowOpensAtMs } from './engine/window.engine.ts'

/** A device of a rollout, as far as it tells why it waits. */
export type Waiting = {
  phaseIndex: number
  timeZone: string | null
  notBeforeMs: number | null
  /** What is stored: why its last attempt failed. */
  reason: string | null
}

const clockIn = (timeZone: string, ms: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', weekday: 'short' }).format(
    ms,
  )

/** Why a device that waits is not offered what the rollout sends, in one sentence; null when nothing holds it. Pure. */
export function whyWaiting(situation: RolloutSituation, device: Waiting, nowMs: number): string | null {
  const { plan, state, phases } = situation
  const zone = device.timeZone ?? plan.window?.timeZone ?? 'UTC'
  if (device.notBeforeMs !== null && device.notBeforeMs > nowMs)
    return `${device.reason ?? 'It waits for its next attempt'}; asked again at ${clockIn(zone, device.notBeforeMs)} (${zone})`
  if (state === 'paused') return 'The rollout is paused'
  const phase = phases[device.phaseIndex]
  if (phase?.state === 'awaiting-approval') return 'Its phase waits for approval'
  if (phase && !isOpened(phase))
    return phase.isControl ? 'Held back until every phase has passed' : 'Its phase is not open yet'
  if (plan.window !== null && !isInWindow(plan.window, device.timeZone, nowMs))
    return `Outside its maintenance window until ${clockIn(zone, windowOpensAtMs(plan.window, device.timeZone, nowMs))} (${zone})`
  const rateOpensMs = rateOpensAtMs(situation, nowMs)
  if (rateOpensMs !== null)
    return `The plan allows ${plan.startsPerMinute ?? 0} offers a minute; the next are made at ${clockIn(zone, rateOpensMs)} (${zone})`
  if (plan.maxUpdating !== null && updatingCount(phases) >= plan.maxUpdating)
    return `The plan allows ${plan.maxUpdating} devices to update at once, and as many do`
  return device.reason
}
