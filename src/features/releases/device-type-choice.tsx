import { useId } from 'react'
import { Checkbox } from '@/ui/checkbox'

export type DeviceTypeOption = { slug: string; name: string; architecture: string }
type DeviceTypeChoiceProps = {
  options: readonly DeviceTypeOption[]
  selected: readonly string[]
  error?: string | undefined
  onChange: (selected: string[]) => void
}

/** Narrows a release to device types; with none chosen it fits all that can run its images. */
export function DeviceTypeChoice({ options, selected, error, onChange }: DeviceTypeChoiceProps) {
  const noteId = useId()
  return (
    <fieldset aria-describedby={noteId}>
      <legend className="text-ink-soft mb-1 text-[13px] font-medium">Device types</legend>
      <ul className="border-line max-h-44 space-y-0.5 overflow-y-auto rounded-md border p-1.5">
        {options.map((option) => (
          <li key={option.slug}>
            <label className="hover:bg-sunken flex items-center gap-2 rounded px-1.5 py-1">
              <Checkbox
                checked={selected.includes(option.slug)}
                onChange={(event) =>
                  onChange(
                    event.target.checked
                      ? [...selected, option.slug]
                      : selected.filter((slug) => slug !== option.slug),
                  )
                }
              />
              <span className="min-w-0 flex-1 truncate">{option.name}</span>
              <span className="text-ink-muted text-[13px]">{option.architecture}</span>
            </label>
          </li>
        ))}
      </ul>
      <p
        id={noteId}
        className={`mt-1 text-[13px] ${error === undefined ? 'text-ink-muted' : 'text-critical'}`}
      >
        {error ??
          (selected.length === 0
            ? 'None chosen: offered to every type that can run its images.'
            : 'Offered to the chosen types only.')}
      </p>
    </fieldset>
  )
}
