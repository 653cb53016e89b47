import { useState } from 'react'
import { Field, TextInput } from './field'

type NumberFieldProps = {
  label: string
  hint?: string
  /** Shown behind the number: `%`, `min`. */
  unit?: string
  value: number | null
  /** Called with what can be meant only; null for an emptied field where that is allowed. */
  onChange: (value: number | null) => void
  min: number
  max: number
  /** What an empty field means, such as `No limit`; without it a number is needed. */
  emptyMeans?: string
  isWhole?: boolean
  error?: string | undefined
}

/** A number as typed: what cannot be meant stays in the field, says why, and goes no further. */
export function NumberField(props: NumberFieldProps) {
  const { value, min, max, emptyMeans, isWhole = true, unit } = props
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? (value === null ? '' : String(value))
  const read = (input: string): { value: number | null } | { error: string } => {
    const trimmed = input.trim()
    if (trimmed === '') return emptyMeans === undefined ? { error: 'Must not be empty.' } : { value: null }
    const number = Number(trimmed)
    const isRight =
      Number.isFinite(number) && number >= min && number <= max && (!isWhole || Number.isInteger(number))
    return isRight
      ? { value: number }
      : { error: `Must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.` }
  }
  const current = read(text)
  return (
    <Field
      label={props.label}
      {...(props.hint === undefined ? {} : { hint: props.hint })}
      error={'error' in current ? current.error : props.error}
    >
      {(field) => (
        <div className="flex items-center gap-2">
          <TextInput
            {...field}
            inputMode={isWhole ? 'numeric' : 'decimal'}
            className="tabular-nums"
            value={text}
            placeholder={emptyMeans}
            onChange={(event) => {
              setTyped(event.target.value)
              const next = read(event.target.value)
              if ('value' in next) props.onChange(next.value)
            }}
            onBlur={() => {
              if ('value' in read(text)) setTyped(null)
            }}
          />
          {unit !== undefined && <span className="text-ink-muted shrink-0 text-[13px]">{unit}</span>}
        </div>
      )}
    </Field>
  )
}
