import { useId } from 'react'
import { timeZone, type MaintenanceWindow } from '#contract/rollout-plan'
import { Checkbox } from '@/ui/checkbox'
import { Field, TextInput } from '@/ui/field'
import type { PlanPartProps } from './plan-part'

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const night: MaintenanceWindow = {
  from: '01:00',
  to: '05:00',
  weekdays: [],
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
}

/** When devices may be offered the release, in their own time. */
export function PlanWindow({ plan, onChange }: PlanPartProps) {
  const zonesId = useId()
  const windowId = useId()
  const { window } = plan
  const set = (change: Partial<MaintenanceWindow>) =>
    onChange({ window: { ...(window ?? night), ...change } })
  return (
    <section aria-label="Maintenance window" className="space-y-3">
      <div className="flex items-start gap-2">
        <Checkbox
          id={windowId}
          className="mt-0.5"
          checked={window !== null}
          onChange={(event) => onChange({ window: event.target.checked ? night : null })}
        />
        <label htmlFor={windowId}>
          <span className="font-medium">Offer only in a maintenance window</span>
          <span className="text-ink-muted block text-[13px]">
            In the time of each device: its tag <code>timezone</code>, else the variable <code>TZ</code> of it
            or its fleet, else the zone below.
          </span>
        </label>
      </div>
      {window !== null && (
        <div className="space-y-3 pl-6">
          <div className="grid gap-4 sm:grid-cols-3">
            {(['from', 'to'] as const).map((edge) => (
              <Field key={edge} label={edge === 'from' ? 'From' : 'To'}>
                {(field) => (
                  <TextInput
                    {...field}
                    type="time"
                    value={window[edge]}
                    onChange={(event) => {
                      if (event.target.value !== '') set({ [edge]: event.target.value })
                    }}
                  />
                )}
              </Field>
            ))}
            <Field
              label="Time zone"
              error={timeZone.safeParse(window.timeZone).success ? undefined : 'Not a known time zone.'}
            >
              {(field) => (
                <>
                  <TextInput
                    {...field}
                    list={zonesId}
                    value={window.timeZone}
                    onChange={(event) => set({ timeZone: event.target.value })}
                  />
                  <datalist id={zonesId}>
                    {Intl.supportedValuesOf('timeZone').map((zone) => (
                      <option key={zone} value={zone} />
                    ))}
                  </datalist>
                </>
              )}
            </Field>
          </div>
          <fieldset>
            <legend className="text-ink-soft text-[13px] font-medium">Beginning on</legend>
            <div className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
              {weekdays.map((name, index) => {
                const day = index + 1
                const isOn = window.weekdays.length === 0 || window.weekdays.includes(day)
                return (
                  <label key={name} className="flex items-center gap-1.5">
                    <Checkbox
                      checked={isOn}
                      onChange={() => {
                        const chosen = weekdays.map((_name, place) => place + 1)
                        const held = window.weekdays.length === 0 ? chosen : window.weekdays
                        const next = isOn ? held.filter((one) => one !== day) : [...held, day].sort()
                        // No day at all would mean never; every day is written as none.
                        if (next.length > 0) set({ weekdays: next.length === 7 ? [] : next })
                      }}
                    />
                    {name}
                  </label>
                )
              })}
            </div>
          </fieldset>
        </div>
      )}
    </section>
  )
}
