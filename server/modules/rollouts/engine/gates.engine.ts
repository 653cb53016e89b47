import type { GateCriterion, RolloutGates } from '#contract/rollout-plan'
import { fallen, reachable, underWay, type GroupTally, type PhaseTally } from './tally.engine.ts'

/** A criterion with the sentence that says why it trips. */
export type JudgedCriterion = GateCriterion & { sentence: string }

/** What a gate looks at: the open phase alone, everything the rollout has touched, and what it has not. */
export type GateInput = {
  phaseName: string
  gates: RolloutGates
  phase: PhaseTally
  touched: GroupTally
  control: GroupTally
  /** Devices of each type in the phases that were opened: no type is judged on fewer than it has, or the minimum. */
  types: Record<string, number>
  reasonLabel?: (code: string) => string
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : (part / whole) * 100)
const percent = (value: number) => `${Math.round(value * 10) / 10} %`
const of = (part: number, whole: number, what: string) =>
  `${part} of ${whole} ${what} (${percent(share(part, whole))})`

/** The smallest number of devices that can be judged by: a phase smaller than the minimum is judged as a whole. */
const smallest = (minimum: number, whole: number) => Math.max(1, Math.min(minimum, whole))

function verdictOf(sample: number, minimum: number, isOver: boolean): GateCriterion['verdict'] {
  if (sample < minimum) return 'not-enough-devices'
  return isOver ? 'trip' : 'pass'
}

function judgeSuccess({ gates, phase, phaseName }: GateInput): JudgedCriterion {
  const sample = reachable(phase)
  const value = share(phase.states.succeeded, sample)
  const isReached = sample > 0 && value >= gates.successPercent
  const isOver = sample > 0 && !isReached && underWay(phase) === 0
  return {
    code: 'success',
    label: 'Succeeded, of the reachable devices of this phase',
    value,
    limit: gates.successPercent,
    unit: 'percent',
    sample,
    minimumSample: 1,
    control: null,
    verdict: isReached ? 'pass' : isOver ? 'trip' : 'waiting',
    sentence: `Phase "${phaseName}" ended with ${of(phase.states.succeeded, sample, 'reachable devices succeeded')}; ${percent(gates.successPercent)} are needed.`,
  }
}

function judgeFailures({ gates, phase, phaseName }: GateInput): JudgedCriterion[] {
  const { succeeded, verifying } = phase.states
  const reverted = phase.states['rolled-back']
  const failed = fallen(phase)
  const sample = failed + succeeded + verifying
  const byThemselves =
    reverted === 0 ? '' : `, ${reverted} of them went back by ${reverted === 1 ? 'itself' : 'themselves'}`
  const minimumSample = smallest(gates.minimumSample, reachable(phase))
  const base = { code: 'failures', sample, control: null } as const
  const criteria: JudgedCriterion[] = []
  if (gates.maxFailurePercent !== null) {
    const value = share(failed, sample)
    criteria.push({
      ...base,
      label: 'Failed, of the devices of this phase that have the update',
      value,
      limit: gates.maxFailurePercent,
      unit: 'percent',
      minimumSample,
      verdict: verdictOf(sample, minimumSample, value > gates.maxFailurePercent),
      sentence: `${of(failed, sample, `devices of phase "${phaseName}" failed`)}${byThemselves}; the limit is ${percent(gates.maxFailurePercent)}.`,
    })
  }
  if (gates.maxFailures !== null) {
    criteria.push({
      ...base,
      label: 'Failed devices of this phase',
      value: failed,
      limit: gates.maxFailures,
      unit: 'devices',
      minimumSample: 1,
      verdict: failed > gates.maxFailures ? 'trip' : 'pass',
      sentence: `${failed} devices of phase "${phaseName}" failed${byThemselves}; the limit is ${gates.maxFailures}.`,
    })
  }
  return criteria
}

function judgeSilence({ gates, phase, touched, control }: GateInput): JudgedCriterion[] {
  const limit = gates.maxSilentPercent
  if (limit === null) return []
  const controlShare = share(control.silent, control.compared)
  const value = share(touched.silent, touched.total)
  const minimumSample = smallest(gates.minimumSample, phase.total - phase.states.skipped)
  const beyond = control.compared >= gates.minimumSample ? value - controlShare : value
  return [
    {
      code: 'silence',
      label: 'Fell silent after they were offered the update',
      value,
      limit,
      unit: 'percent',
      sample: touched.total,
      minimumSample,
      control: { value: controlShare, sample: control.compared },
      verdict: verdictOf(touched.total, minimumSample, beyond > limit),
      sentence: `${of(touched.silent, touched.total, 'devices that were offered the update fell silent')}, against ${of(control.silent, control.compared, 'not updated')}; the limit is ${limit} points more.`,
    },
  ]
}

function judgeCrashLoops({ gates, touched, control, types }: GateInput): JudgedCriterion[] {
  const limit = gates.maxCrashLoopPercent
  if (limit === null) return []
  return Object.entries(touched.types).flatMap(([deviceType, type]) =>
    Object.entries(type.crashing).map(([service, crashing]): JudgedCriterion => {
      const other = control.types[deviceType] ?? { compared: 0, crashing: {} }
      const otherCrashing = other.crashing[service] ?? 0
      const value = share(crashing, type.compared)
      const controlShare = share(otherCrashing, other.compared)
      const minimumSample = smallest(gates.minimumSample, types[deviceType] ?? 0)
      return {
        code: 'crash-loop',
        label: `Service ${service} crash-loops on ${deviceType}`,
        value,
        limit,
        unit: 'percent',
        sample: type.compared,
        minimumSample,
        control: { value: controlShare, sample: other.compared },
        verdict: verdictOf(type.compared, minimumSample, value - controlShare > limit),
        sentence: `Service ${service} crash-loops on ${of(crashing, type.compared, `updated ${deviceType} devices`)}, on ${of(otherCrashing, other.compared, 'not updated')}; the limit is ${limit} points more.`,
      }
    }),
  )
}

function judgeHealth({
  gates,
  touched,
  control,
  reasonLabel = (code) => code,
}: GateInput): JudgedCriterion[] {
  const limit = gates.maxHealthDifference
  if (limit === null) return []
  return Object.entries(touched.reasons).map(([code, sick]): JudgedCriterion => {
    const controlSick = control.reasons[code] ?? 0
    const controlShare = share(controlSick, control.compared)
    const difference = share(sick, touched.compared) - controlShare
    const label = reasonLabel(code)
    return {
      code: 'health',
      label: `New "${label}" since the update`,
      value: difference,
      limit,
      unit: 'points',
      sample: touched.compared,
      minimumSample: gates.minimumSample,
      control: { value: controlShare, sample: control.compared },
      verdict: verdictOf(
        Math.min(touched.compared, control.compared),
        gates.minimumSample,
        difference > limit,
      ),
      sentence: `"${label}" is new on ${of(sick, touched.compared, 'updated devices')} and ${of(controlSick, control.compared, 'not updated')}: ${Math.round(difference)} points more, the limit is ${limit}.`,
    }
  })
}

/** Every criterion of the open phase with its figures and verdict, the one that explains most last. Pure. */
export function judgeGate(input: GateInput): JudgedCriterion[] {
  return [
    judgeSuccess(input),
    ...judgeFailures(input),
    ...judgeSilence(input),
    ...judgeHealth(input),
    ...judgeCrashLoops(input),
  ]
}
