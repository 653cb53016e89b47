import { CircleCheck, CircleX, Hourglass, Scale, type LucideIcon } from 'lucide-react'
import type { RolloutDetail } from '#contract/rollout'
import type { GateCriterion } from '#contract/rollout-plan'
import { reasonWords } from '@/domain/device-words'
import { formatCount } from '@/lib/format'
import { cn } from '@/lib/cn'
import { Panel } from '@/ui/panel'
import { Status, type Tone } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'

const verdicts: Record<GateCriterion['verdict'], { label: string; tone: Tone; icon: LucideIcon }> = {
  pass: { label: 'Holds', tone: 'ok', icon: CircleCheck },
  waiting: { label: 'Not yet', tone: 'neutral', icon: Hourglass },
  'not-enough-devices': { label: 'Not enough devices to tell', tone: 'unknown', icon: Scale },
  trip: { label: 'Stops the rollout', tone: 'critical', icon: CircleX },
}
const units = { percent: ' %', devices: '', points: ' points' } as const
/** Rounded to a tenth, with its unit. */
const figure = (value: number, unit: GateCriterion['unit']) =>
  `${formatCount(Math.round(value * 10) / 10)}${units[unit]}`

/** Codes of health reasons in a label are told in the words that the rest of the page uses. */
const labelOf = (criterion: GateCriterion) =>
  Object.entries(reasonWords).reduce(
    (label, [code, words]) => label.replace(`"${code}"`, `"${words}"`),
    criterion.label,
  )

/**
 * A criterion as rates of updated and of other devices. A health reason is measured by the difference itself, so the rate of
 * updated devices is that and the others' together.
 */
function ratesOf({ value, unit, control }: GateCriterion) {
  if (control === null) return { own: figure(value, unit), difference: null }
  const own = unit === 'points' ? value + control.value : value
  return { own: figure(own, 'percent'), difference: own - control.value }
}

const signed = (points: number) => `${points > 0 ? '+' : ''}${figure(points, 'points')}`

/** What the figure is held against: a share, a number, or so many points more than in the control group. */
function limitOf({ code, limit, unit, control }: GateCriterion): string {
  if (code === 'success') return `from ${figure(limit, unit)}`
  return control === null ? `up to ${figure(limit, unit)}` : `up to ${figure(limit, 'points')} more`
}

const numeric = 'text-right whitespace-nowrap tabular-nums'

function Row({ criterion }: { criterion: GateCriterion }) {
  const { label, tone, icon } = verdicts[criterion.verdict]
  const { control, sample, minimumSample } = criterion
  const { own, difference } = ratesOf(criterion)
  const hasNothingToCompare = control !== null && control.sample === 0
  return (
    <tr>
      <Cell className="min-w-40">{labelOf(criterion)}</Cell>
      <Cell className={cn(numeric, 'font-medium')}>{own}</Cell>
      <Cell className="min-w-24 text-right tabular-nums">{limitOf(criterion)}</Cell>
      <Cell className={numeric}>
        {formatCount(sample)}
        {sample < minimumSample && (
          <span className="text-ink-muted"> of at least {formatCount(minimumSample)}</span>
        )}
      </Cell>
      <Cell className={cn(numeric, 'text-ink-soft')}>
        {control === null ? (
          '–'
        ) : hasNothingToCompare ? (
          <span className="text-ink-muted">no device</span>
        ) : (
          `${figure(control.value, 'percent')} of ${formatCount(control.sample)}`
        )}
      </Cell>
      <Cell className={cn(numeric, 'text-ink-soft')}>
        {difference === null || hasNothingToCompare ? '–' : signed(difference)}
      </Cell>
      <Cell className="min-w-28">
        <Status tone={tone} icon={icon}>
          {label}
        </Status>
      </Cell>
    </tr>
  )
}

/** Each criterion with its figure, limit, sample, the control group's rate, the difference and the verdict. */
export function GateTable({ criteria, label }: { criteria: readonly GateCriterion[]; label: string }) {
  return (
    <Table label={label}>
      <thead>
        <tr>
          <HeaderCell>Criterion</HeaderCell>
          <HeaderCell className="text-right">Now</HeaderCell>
          <HeaderCell className="text-right">Limit</HeaderCell>
          <HeaderCell className="text-right">Devices</HeaderCell>
          <HeaderCell className="text-right">Not updated</HeaderCell>
          <HeaderCell className="text-right">Difference</HeaderCell>
          <HeaderCell>Verdict</HeaderCell>
        </tr>
      </thead>
      <tbody>
        {criteria.map((criterion) => (
          <Row key={`${criterion.code} ${criterion.label}`} criterion={criterion} />
        ))}
      </tbody>
    </Table>
  )
}

/** The gate of the open phase, or of a rollout that goes back or has ended the last one as it was then. */
export function RolloutGate({ rollout }: { rollout: RolloutDetail }) {
  const { gate } = rollout
  if (gate === null || gate.criteria.length === 0) return null
  const phase = rollout.phases[gate.phaseIndex]
  const hasControl = rollout.phases.some((one) => one.isControl)
  return (
    <Panel
      title={`Gate of ${phase === undefined ? 'the open phase' : `“${phase.name}”`}`}
      hint={`${
        gate.isFinal
          ? 'As it was when the phase ended.'
          : `${rollout.plan.gates.onTrip === 'pause' ? 'Pauses' : 'Rolls back'} when a limit is passed.`
      } Compared with ${hasControl ? 'the control group' : 'devices that are not updated yet'}.`}
      isFlush
    >
      <GateTable criteria={gate.criteria} label="Criteria of the gate" />
    </Panel>
  )
}
