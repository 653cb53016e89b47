import type { RolloutGates } from '#contract/rollout-plan'
import { Field, Select } from '@/ui/field'
import { NumberField } from '@/ui/number-field'
import type { PlanPartProps } from './plan-part'

type Limit =
  'maxFailurePercent' | 'maxFailures' | 'maxSilentPercent' | 'maxCrashLoopPercent' | 'maxHealthDifference'
const limits: { key: Limit; label: string; hint: string; unit: string; max: number }[] = [
  { key: 'maxFailurePercent', label: 'Failed, more than', hint: 'Of the phase.', unit: '%', max: 100 },
  {
    key: 'maxFailures',
    label: 'Failed, more than',
    hint: 'Of the phase, as a number.',
    unit: 'devices',
    max: 1_000_000,
  },
  {
    key: 'maxSilentPercent',
    label: 'Silent after the offer, more than',
    hint: 'Beyond what the control group shows.',
    unit: '%',
    max: 100,
  },
  {
    key: 'maxCrashLoopPercent',
    label: 'A service crash-loops on more than',
    hint: 'Of one device type, beyond the control group.',
    unit: '%',
    max: 100,
  },
  {
    key: 'maxHealthDifference',
    label: 'A new health reason, more than',
    hint: 'Beyond the control group.',
    unit: 'points',
    max: 100,
  },
]

/** What lets a phase pass, and what stops the rollout. */
export function PlanGates({ plan, onChange }: PlanPartProps) {
  const { gates } = plan
  const set = (change: Partial<RolloutGates>) => onChange({ gates: { ...gates, ...change } })
  return (
    <section aria-label="Gates" className="space-y-3">
      <h3 className="font-medium">Gates</h3>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <NumberField
          label="The next phase opens from"
          hint="Succeeded, of the reachable devices of the phase."
          unit="%"
          min={0}
          max={100}
          isWhole={false}
          value={gates.successPercent}
          onChange={(successPercent) => set({ successPercent: successPercent ?? 95 })}
        />
        <NumberField
          label="Judge from"
          hint="Or the whole phase, where it is smaller."
          unit="devices"
          min={1}
          max={100_000}
          value={gates.minimumSample}
          onChange={(minimumSample) => set({ minimumSample: minimumSample ?? 5 })}
        />
        <Field label="When a limit is passed">
          {(field) => (
            <Select
              {...field}
              value={gates.onTrip}
              onChange={(event) =>
                set({ onTrip: event.target.value === 'roll-back' ? 'roll-back' : 'pause' })
              }
            >
              <option value="pause">pause</option>
              <option value="roll-back">roll back every touched device</option>
            </Select>
          )}
        </Field>
        {limits.map(({ key, ...field }) => (
          <NumberField
            key={key}
            {...field}
            emptyMeans="Not looked at"
            min={key === 'maxFailures' ? 1 : 0}
            isWhole={key === 'maxFailures'}
            value={gates[key]}
            onChange={(value) => set({ [key]: value })}
          />
        ))}
      </div>
    </section>
  )
}
