import { NumberField } from '@/ui/number-field'
import { PlanGates } from './plan-gates'
import type { PlanPartProps } from './plan-part'
import { PlanPhases } from './plan-phases'
import { PlanSpecialCases } from './plan-special-cases'
import { PlanWindow } from './plan-window'

const grid = 'grid gap-4 sm:grid-cols-2 xl:grid-cols-3'

/** Every part of a plan; the standard plans fill it, each change makes it the user's own. */
export function PlanEditor(props: PlanPartProps) {
  const { plan, onChange } = props
  return (
    <div className="space-y-5">
      <PlanPhases {...props} />
      <PlanGates {...props} />
      <section aria-label="Pace" className="space-y-3">
        <h3 className="font-medium">Pace</h3>
        <div className={grid}>
          <NumberField
            label="Most devices updating at once"
            hint="Devices that soak do not count."
            emptyMeans="No limit"
            min={1}
            max={1_000_000}
            value={plan.maxUpdating}
            onChange={(maxUpdating) => onChange({ maxUpdating })}
          />
          <NumberField
            label="Offers a minute"
            emptyMeans="No limit"
            min={1}
            max={1_000_000}
            value={plan.startsPerMinute}
            onChange={(startsPerMinute) => onChange({ startsPerMinute })}
          />
          <NumberField
            label="A device must be done within"
            hint="While it can be heard; then it has failed."
            unit="min"
            emptyMeans="No deadline"
            min={1}
            max={43_200}
            value={plan.deviceDeadlineMinutes}
            onChange={(deviceDeadlineMinutes) => onChange({ deviceDeadlineMinutes })}
          />
          <NumberField
            label="A phase must pass within"
            hint="Otherwise the rollout pauses."
            unit="min"
            emptyMeans="No deadline"
            min={1}
            max={525_600}
            value={plan.phaseDeadlineMinutes}
            onChange={(phaseDeadlineMinutes) => onChange({ phaseDeadlineMinutes })}
          />
          <NumberField
            label="Attempts after the first"
            min={0}
            max={10}
            value={plan.retries.attempts}
            onChange={(attempts) => onChange({ retries: { ...plan.retries, attempts: attempts ?? 0 } })}
          />
          <NumberField
            label="Wait before another attempt"
            hint="Doubled each time."
            unit="s"
            min={1}
            max={86_400}
            value={plan.retries.backoffSeconds}
            onChange={(backoffSeconds) =>
              onChange({ retries: { ...plan.retries, backoffSeconds: backoffSeconds ?? 60 } })
            }
          />
        </div>
      </section>
      <PlanWindow {...props} />
      <PlanSpecialCases {...props} />
    </div>
  )
}
