import { CircleCheck, CircleX, Hourglass, Scale, type LucideIcon } from 'lucide-react'
import type { RolloutDetail } from '#contract/rollout'
import type { GateCriterion } from '#contract/rollout-plan'
import { reasonWords } from '@/domain/device-words'
import { formatCount } from '@/lib/format'
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
const figure = (value: number, unit: GateCriterion['unit']) =>
  `${formatCount(Math.round(value * 10) / 10)}${units[unit]}`

/** Codes of health reasons in a label are told in the words that the rest of the page uses. */
const labelOf = (criterion: GateCriterion) =>
  Object.entries(reasonWords).reduce(
    (label, [code, words]) => label.replace(`"${code}"`, `"${words}"`),
    criterion.label,
  )

function Row({ criterion }: { criterion: GateCriterion }) {
  const { label, tone, icon } = verdicts[criterion.verdict]
  const { control } = criterion
  return (
    <tr>
      <Cell className="min-w-56">{labelOf(criterion)}</Cell>
      <Cell className="text-right whitespace-nowrap tabular-nums">
        <span className="font-medium">{figure(criterion.value, criterion.unit)}</span>
      </Cell>
      <Cell className="text-right whitespace-nowrap tabular-nums">
        {criterion.code === 'success' ? 'from ' : 'up to '}
        {figure(criterion.limit, criterion.unit)}
      </Cell>
      <Cell className="text-right whitespace-nowrap tabular-nums">
        {formatCount(criterion.sample)}
        {criterion.sample < criterion.minimumSample && (
          <span className="text-ink-muted"> of at least {formatCount(criterion.minimumSample)}</span>
        )}
      </Cell>
      <Cell className="text-ink-soft text-right whitespace-nowrap tabular-nums">
        {control === null ? '–' : `${figure(control.value, 'percent')} of ${formatCount(control.sample)}`}
      </Cell>
      <Cell className="whitespace-nowrap">
        <Status tone={tone} icon={icon}>
          {label}
        </Status>
      </Cell>
    </tr>
  )
}

/** The gate of the open phase: each criterion with its figure, limit, sample and verdict. */
export function RolloutGate({ rollout }: { rollout: RolloutDetail }) {
  const { gate, state } = rollout
  // A rollout that goes back or has ended passes no gate any more.
  if (gate === null || (state !== 'running' && state !== 'paused')) return null
  const phase = rollout.phases[gate.phaseIndex]
  const hasControl = rollout.phases.some((one) => one.isControl)
  return (
    <Panel
      title={`Gate of ${phase === undefined ? 'the open phase' : `“${phase.name}”`}`}
      hint={`${rollout.plan.gates.onTrip === 'pause' ? 'Pauses' : 'Rolls back'} when a limit is passed. Compared with ${
        hasControl ? 'the control group' : 'devices that are not updated yet'
      }.`}
      isFlush
    >
      <Table label="Criteria of the gate">
        <thead>
          <tr>
            <HeaderCell>Criterion</HeaderCell>
            <HeaderCell className="text-right">Now</HeaderCell>
            <HeaderCell className="text-right">Limit</HeaderCell>
            <HeaderCell className="text-right">Devices</HeaderCell>
            <HeaderCell className="text-right">Not updated</HeaderCell>
            <HeaderCell>Verdict</HeaderCell>
          </tr>
        </thead>
        <tbody>
          {gate.criteria.map((criterion) => (
            <Row key={`${criterion.code} ${criterion.label}`} criterion={criterion} />
          ))}
        </tbody>
      </Table>
    </Panel>
  )
}
