import { useId } from 'react'
import { Checkbox } from '@/ui/checkbox'
import { Field, Select } from '@/ui/field'
import { NumberField } from '@/ui/number-field'
import { PinnedChoice } from './pinned-choice'
import type { PlanPartProps } from './plan-part'

/** What becomes of devices that are offline, new or pinned. */
export function PlanSpecialCases({ plan, target, onChange }: PlanPartProps) {
  const pinnedId = useId()
  return (
    <section aria-label="Special cases" className="space-y-3">
      <h3 className="font-medium">Special cases</h3>
      <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
        <NumberField
          label="Offline devices are owed it for"
          hint="Then they are skipped."
          unit="days"
          emptyMeans="Until the rollout ends"
          min={1}
          max={365}
          value={plan.offlineOwedDays}
          onChange={(offlineOwedDays) => onChange({ offlineOwedDays })}
        />
        <Field label="Devices that join meanwhile" hint="Newly provisioned, or moved into the fleet.">
          {(field) => (
            <Select
              {...field}
              value={plan.newcomers}
              onChange={(event) =>
                onChange({ newcomers: event.target.value === 'ignore' ? 'ignore' : 'last-phase' })
              }
            >
              <option value="last-phase">are part of the last phase</option>
              <option value="ignore">are left out</option>
            </Select>
          )}
        </Field>
        <div className="flex items-start gap-2 sm:pt-6">
          <Checkbox
            id={pinnedId}
            className="mt-0.5"
            checked={plan.includesPinned}
            onChange={(event) => onChange({ includesPinned: event.target.checked })}
          />
          <label htmlFor={pinnedId}>
            Include all pinned devices
            <span className="text-ink-muted block text-[13px]">Rolling back gives them their old pin.</span>
          </label>
        </div>
      </div>
      {!plan.includesPinned && (
        <PinnedChoice
          target={target}
          chosen={plan.pinnedDevices}
          onChange={(pinnedDevices) => onChange({ pinnedDevices })}
        />
      )}
    </section>
  )
}
