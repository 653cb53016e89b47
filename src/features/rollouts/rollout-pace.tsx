import { useId, useState } from 'react'
import { formatDuration } from '@/lib/time'
import { Checkbox } from '@/ui/checkbox'
import { Field, Select, TextInput } from '@/ui/field'
import { rolloutPlanSearch, type RolloutPlanSearch } from './rollout-plan-search'

const soakChoices = [0, 30, 120, 600, 1800, 3600, 21_600, 86_400]
const soakLabel = (seconds: number) => (seconds === 0 ? 'Not at all' : formatDuration(seconds * 1000))

type RolloutPaceProps = {
  search: RolloutPlanSearch
  onChange: (change: Partial<RolloutPlanSearch>) => void
}

/** How carefully the rollout goes. */
export function RolloutPace({ search, onChange }: RolloutPaceProps) {
  const pinnedId = useId()
  const soaks = soakChoices.includes(search.soak)
    ? soakChoices
    : [...soakChoices, search.soak].sort((a, b) => a - b)
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <MaxUpdating value={search.maxUpdating} onChange={(maxUpdating) => onChange({ maxUpdating })} />
        <Field
          label="Soak"
          hint="How long a device must stay well on the release before it counts as succeeded."
        >
          {(field) => (
            <Select
              {...field}
              value={String(search.soak)}
              onChange={(event) => onChange({ soak: Number(event.target.value) })}
            >
              {soaks.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {soakLabel(seconds)}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="flex items-start gap-2">
        <Checkbox
          id={pinnedId}
          className="mt-0.5"
          checked={search.pinned}
          onChange={(event) => onChange({ pinned: event.target.checked })}
        />
        <label htmlFor={pinnedId} className="font-medium">
          Include pinned devices
          <span className="text-ink-muted block text-[13px] font-normal">
            They are pinned to this release instead; rolling back gives them their old pin.
          </span>
        </label>
      </div>
    </div>
  )
}

/** The number as typed; only what can be meant goes on. */
function MaxUpdating(props: { value: number | undefined; onChange: (value: number | undefined) => void }) {
  const { value, onChange } = props
  const [typed, setTyped] = useState(value === undefined ? '' : String(value))
  const read = (text: string) =>
    text.trim() === ''
      ? { isValid: true, number: undefined }
      : {
          isValid: /^\d+$/.test(text.trim()) && rolloutPlanSearch.shape.maxUpdating.safeParse(text).success,
          number: Number(text),
        }
  return (
    <Field
      label="Most devices updating at once"
      hint="Empty: no limit."
      error={read(typed).isValid ? undefined : 'Must be a whole number from 1 on, or empty.'}
    >
      {(field) => (
        <TextInput
          {...field}
          inputMode="numeric"
          value={typed}
          placeholder="No limit"
          onChange={(event) => {
            setTyped(event.target.value)
            const next = read(event.target.value)
            if (next.isValid) onChange(next.number)
          }}
        />
      )}
    </Field>
  )
}
