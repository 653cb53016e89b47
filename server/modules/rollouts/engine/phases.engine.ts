import { judgeGate, type JudgedCriterion } from './gates.engine.ts'
import { isOpened, type PhaseStanding, type Step } from './situation.engine.ts'
import { reachable, sumGroups } from './tally.engine.ts'
import type { RolloutPlan } from '#contract/rollout-plan'

const MINUTE_MS = 60_000

const phaseName = (plan: RolloutPlan, phase: PhaseStanding) =>
  phase.isControl ? 'Control group' : (plan.phases[phase.index]?.name ?? `Phase ${phase.index + 1}`)

/** The phase whose gate decides what comes next: the last one that is open. */
const openPhase = (phases: readonly PhaseStanding[]) => phases.findLast((phase) => phase.state === 'open')

/** What is compared: every touched device, and the control group or, without one, every untouched device. */
function judge(
  { plan, phases }: { plan: RolloutPlan; phases: readonly PhaseStanding[] },
  phase: PhaseStanding,
): JudgedCriterion[] {
  const control = phases.find((one) => one.isControl && !isOpened(one))
  const types: Record<string, number> = {}
  for (const one of phases.filter(isOpened))
    for (const [type, n] of Object.entries(one.tally.types)) types[type] = (types[type] ?? 0) + n
  return judgeGate({
    phaseName: phaseName(plan, phase),
    gates: plan.gates,
    phase: phase.tally,
    touched: sumGroups(phases.map((one) => one.tally.touched)),
    control: control ? control.tally.untouched : sumGroups(phases.map((one) => one.tally.untouched)),
    types,
  })
}

/** The gate of the open phase with its figures, for the page; empty when no phase is open. */
export function judgeOpenPhase(situation: {
  plan: RolloutPlan
  phases: readonly PhaseStanding[]
}): JudgedCriterion[] {
  const phase = openPhase(situation.phases)
  return phase ? judge(situation, phase) : []
}

/** The gate of one phase with its figures as they are now, open or not. */
export function judgePhase(
  situation: { plan: RolloutPlan; phases: readonly PhaseStanding[] },
  index: number,
): JudgedCriterion[] {
  const phase = situation.phases[index]
  return phase ? judge(situation, phase) : []
}

function openNext(step: Step): boolean {
  const { plan } = step.situation
  const next = step.phases.find((phase) => phase.state === 'pending' || phase.state === 'awaiting-approval')
  if (!next) return false
  const needsApproval = !next.isControl && next.index > 0 && plan.phases[next.index]?.approval === 'manual'
  if (needsApproval && !next.isApproved) {
    if (next.state === 'pending') {
      next.state = 'awaiting-approval'
      step.tell('awaiting-approval', next, `Phase "${phaseName(plan, next)}" waits for approval.`)
    }
    return false
  }
  next.state = 'open'
  next.openedAtMs = step.nowMs
  step.tell(
    'phase-opened',
    next,
    `Phase "${phaseName(plan, next)}" opened with ${next.tally.total} ${next.tally.total === 1 ? 'device' : 'devices'}.`,
  )
  return true
}

/** Passes the open phase when its gate lets it, opens the next, and stops when a criterion trips. */
export function judgePhases(step: Step): JudgedCriterion[] {
  const { plan } = step.situation
  // Each turn passes one phase, so there are never more turns than phases.
  for (let turn = 0; turn <= step.phases.length; turn++) {
    const phase = openPhase(step.phases)
    if (!phase) {
      if (!openNext(step)) return []
      continue
    }
    const criteria = judge({ plan, phases: step.phases }, phase)
    const trip = criteria.findLast((one) => one.verdict === 'trip' && !phase.accepted.includes(one.code))
    if (trip && !phase.isSkipped) {
      step.state = plan.gates.onTrip === 'roll-back' ? 'rolling-back' : 'paused'
      const what = step.state === 'paused' ? 'The rollout pauses' : 'The rollout goes back'
      step.tell('tripped', phase, `${what}: ${trip.sentence}`, trip.code)
      return criteria
    }
    const isEmpty = phase.tally.total === phase.tally.states.skipped
    const isJudged = criteria.some((one) => one.code === 'success' && one.verdict !== 'waiting')
    const isAccepted = phase.accepted.includes('success') && isJudged
    const hasSucceeded = criteria.some((one) => one.code === 'success' && one.verdict === 'pass')
    if (!isEmpty && !phase.isSkipped && !hasSucceeded && !isAccepted)
      return judgeDeadline(step, phase, criteria)
    phase.state = 'passed'
    phase.passedAtMs = step.nowMs
    const { states, total } = phase.tally
    const offline = states.offline > 0 ? `, ${states.offline} offline and still owed` : ''
    step.tell(
      'phase-passed',
      phase,
      phase.isSkipped
        ? `The gate of phase "${phaseName(plan, phase)}" was skipped.`
        : `Phase "${phaseName(plan, phase)}" passed: ${states.succeeded} of ${reachable(phase.tally)} reachable devices succeeded (${total} in all${offline}).`,
    )
    if (!openNext(step)) return criteria
  }
  return []
}

function judgeDeadline(step: Step, phase: PhaseStanding, criteria: JudgedCriterion[]): JudgedCriterion[] {
  const minutes = step.situation.plan.phaseDeadlineMinutes
  const isLate =
    minutes !== null &&
    phase.openedAtMs !== null &&
    step.nowMs - phase.openedAtMs >= minutes * MINUTE_MS &&
    !phase.accepted.includes('success')
  if (isLate) {
    step.state = 'paused'
    const { succeeded } = phase.tally.states
    step.tell(
      'phase-late',
      phase,
      `The rollout pauses: phase "${phaseName(step.situation.plan, phase)}" has not passed within ${minutes} minutes (${succeeded} of ${reachable(phase.tally)} reachable devices succeeded).`,
      'success',
    )
  }
  return criteria
}
