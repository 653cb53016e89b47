import { Plus, Trash2 } from 'lucide-react'
import type { RolloutPhase } from '#contract/rollout-plan'
import { formatDuration } from '@/lib/time'
import { Button } from '@/ui/button'
import { Field, Select, TextInput } from '@/ui/field'
import { IconButton } from '@/ui/icon-button'
import { NumberField } from '@/ui/number-field'
import type { PlanPartProps } from './plan-part'

const soakChoices = [0, 30, 120, 600, 1800, 3600, 14_400, 43_200, 86_400, 604_800]
const soakLabel = (seconds: number) => (seconds === 0 ? 'not at all' : formatDuration(seconds * 1000))
const MAX_PHASES = 20
const approvals: Record<string, Pick<RolloutPhase, 'approval' | 'approver'>> = {
  auto: { approval: 'auto', approver: 'release-manager' },
  'release-manager': { approval: 'manual', approver: 'release-manager' },
  admin: { approval: 'manual', approver: 'admin' },
}

type PhaseProps = {
  phase: RolloutPhase
  index: number
  isLast: boolean
  error: string | undefined
  onChange: (phase: RolloutPhase) => void
  onRemove: () => void
}

function Reach({ phase, isLast, error, onChange }: PhaseProps) {
  const { reach } = phase
  if (isLast)
    return (
      <Field label="Reaches" error={error}>
        {(field) => <TextInput {...field} value="everybody that is left" disabled readOnly />}
      </Field>
    )
  return (
    <div className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-2">
      <Field label="Reaches">
        {(field) => (
          <Select
            {...field}
            value={reach.kind}
            onChange={(event) => {
              const kind = event.target.value
              onChange({
                ...phase,
                reach:
                  kind === 'tag'
                    ? { kind, key: 'ring', value: null }
                    : kind === 'count'
                      ? { kind, count: 10 }
                      : { kind: 'percent', percent: 10 },
              })
            }}
          >
            <option value="percent">share</option>
            <option value="count">number</option>
            <option value="tag">tag</option>
          </Select>
        )}
      </Field>
      {reach.kind === 'percent' && (
        <NumberField
          label="Share, cumulative"
          unit="%"
          isWhole={false}
          min={0.01}
          max={100}
          value={reach.percent}
          error={error}
          onChange={(percent) => onChange({ ...phase, reach: { kind: 'percent', percent: percent ?? 1 } })}
        />
      )}
      {reach.kind === 'count' && (
        <NumberField
          label="Devices, cumulative"
          min={1}
          max={10_000_000}
          value={reach.count}
          error={error}
          onChange={(count) => onChange({ ...phase, reach: { kind: 'count', count: count ?? 1 } })}
        />
      )}
      {reach.kind === 'tag' && (
        <Field label="Tag, key or key:value" error={reach.key === '' ? 'Must name a tag.' : error}>
          {(field) => (
            <TextInput
              {...field}
              value={reach.value === null ? reach.key : `${reach.key}:${reach.value}`}
              onChange={(event) => {
                const [key = '', ...rest] = event.target.value.split(':')
                onChange({
                  ...phase,
                  reach: { kind: 'tag', key, value: rest.length === 0 ? null : rest.join(':') },
                })
              }}
            />
          )}
        </Field>
      )}
    </div>
  )
}

function Phase(props: PhaseProps) {
  const { phase, index, isLast, onChange, onRemove } = props
  return (
    <li className="border-line grid gap-3 border-t py-3 sm:grid-cols-2 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)_minmax(0,2fr)_minmax(0,2fr)_2.25rem]">
      <Field label={`Phase ${index + 1}`} error={phase.name.trim() === '' ? 'Must not be empty.' : undefined}>
        {(field) => (
          <TextInput
            {...field}
            maxLength={60}
            value={phase.name}
            onChange={(event) => onChange({ ...phase, name: event.target.value })}
          />
        )}
      </Field>
      <Reach {...props} />
      <Field label="Soaks">
        {(field) => (
          <Select
            {...field}
            value={String(phase.soakSeconds)}
            onChange={(event) => onChange({ ...phase, soakSeconds: Number(event.target.value) })}
          >
            {[...new Set([...soakChoices, phase.soakSeconds])]
              .sort((a, b) => a - b)
              .map((seconds) => (
                <option key={seconds} value={seconds}>
                  {soakLabel(seconds)}
                </option>
              ))}
          </Select>
        )}
      </Field>
      <Field label="Opens">
        {(field) => (
          <Select
            {...field}
            disabled={index === 0}
            value={index === 0 || phase.approval === 'auto' ? 'auto' : phase.approver}
            onChange={(event) => onChange({ ...phase, ...approvals[event.target.value] })}
          >
            <option value="auto">{index === 0 ? 'with the start' : 'by itself'}</option>
            <option value="release-manager">when a release manager approves</option>
            <option value="admin">when an administrator approves</option>
          </Select>
        )}
      </Field>
      <div className="flex items-end">
        <IconButton
          label={`Remove phase ${index + 1}`}
          icon={<Trash2 className="size-4" aria-hidden />}
          disabled={isLast}
          onClick={onRemove}
        />
      </div>
    </li>
  )
}

/** The ordered phases; the last one always takes every device that is left. */
export function PlanPhases({ plan, errors, onChange }: PlanPartProps) {
  const { phases } = plan
  const set = (next: RolloutPhase[]) => onChange({ phases: next })
  const add = () => {
    const before = phases.at(-2)?.reach
    const from = before?.kind === 'percent' ? before.percent : 0
    const share = Math.round((from + 100) / 2)
    const phase: RolloutPhase = {
      name: `Phase ${phases.length}`,
      reach: { kind: 'percent', percent: share },
      soakSeconds: 600,
      approval: 'auto',
      approver: 'release-manager',
    }
    set([...phases.slice(0, -1), phase, ...phases.slice(-1)])
  }
  return (
    <section aria-label="Phases">
      <div className="mb-2 flex items-center justify-between gap-3">
        <h3 className="font-medium">Phases</h3>
        <Button
          size="sm"
          icon={<Plus className="size-4" aria-hidden />}
          disabled={phases.length >= MAX_PHASES}
          onClick={add}
        >
          Add a phase
        </Button>
      </div>
      <ol>
        {phases.map((phase, index) => (
          <Phase
            // A phase has no identity but its place.
            key={index}
            phase={phase}
            index={index}
            isLast={index === phases.length - 1}
            error={errors[`phases.${index}.reach.percent`] ?? errors[`phases.${index}.reach`]}
            onChange={(next) => set(phases.map((one, place) => (place === index ? next : one)))}
            onRemove={() => set(phases.filter((_one, place) => place !== index))}
          />
        ))}
      </ol>
      <div className="max-w-xs">
        <NumberField
          label="Control group"
          hint="Held back until all phases have passed: what the updated devices are compared with. It gets the release last."
          unit="%"
          min={0}
          max={50}
          isWhole={false}
          value={plan.controlPercent}
          onChange={(controlPercent) => onChange({ controlPercent: controlPercent ?? 0 })}
        />
      </div>
    </section>
  )
}
