import { actionExpiries } from '#contract/device-action'
import { Field, Select, TextInput } from '@/ui/field'

const HOUR = 60
const DAY = 24 * HOUR

/** `15 minutes`, `4 hours`, `7 days`. */
export function minutesWords(minutes: number): string {
  const [count, unit] =
    minutes < HOUR ? [minutes, 'minute'] : minutes < DAY ? [minutes / HOUR, 'hour'] : [minutes / DAY, 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

type MinutesFieldProps = { value: number; onChange: (minutes: number) => void }

/** How long an action waits for a device that is away. */
export function ExpiryField({ value, onChange }: MinutesFieldProps) {
  return (
    <Field label="Waits for devices that are away" hint="Then it expires, and nothing is done.">
      {(field) => (
        <Select {...field} value={value} onChange={(event) => onChange(Number(event.target.value))}>
          {actionExpiries.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutesWords(minutes)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

const overrides = [15, 60, 240, 1440]

/** How long update locks are overridden. */
export function OverrideField({ value, onChange }: MinutesFieldProps) {
  return (
    <Field label="For" hint="After that update locks count again, by themselves.">
      {(field) => (
        <Select {...field} value={value} onChange={(event) => onChange(Number(event.target.value))}>
          {overrides.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutesWords(minutes)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
export const DEFAULT_OVERRIDE = 60

type ReasonFieldProps = {
  value: string
  onChange: (reason: string) => void
  /** It must be said. */
  isNeeded?: boolean
}

/** Why it is asked, for the audit log. */
export function ReasonField({ value, onChange, isNeeded = false }: ReasonFieldProps) {
  return (
    <Field
      label={isNeeded ? 'Why' : 'Why (optional)'}
      hint="Kept in the history of the device and in the audit log."
    >
      {(field) => (
        <TextInput
          {...field}
          required={isNeeded}
          value={value}
          maxLength={500}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
