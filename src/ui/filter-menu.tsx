import { Check, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { cn } from '@/lib/cn'
import { formatCount } from '@/lib/format'
import { buttonClass } from './button'
import { PopoverPanel } from './popover-panel'

export type FilterOption = { value: string; label: string; count?: number }
type FilterMenuProps = {
  label: string
  options: FilterOption[]
  selected: readonly string[]
  onChange: (selected: string[]) => void
  /** It chooses what is shown instead of narrowing: the button does not stand out and counts nothing. */
  isChoice?: boolean
}

/** A filter with several values and how many each would leave. What is chosen stays listed even at a count of 0. */
export function FilterMenu({ label, options, selected, onChange, isChoice = false }: FilterMenuProps) {
  const [isOpen, setOpen] = useState(false)
  const listed = new Set(options.map((option) => option.value))
  const all = [
    ...options,
    ...selected.filter((value) => !listed.has(value)).map((value) => ({ value, label: value, count: 0 })),
  ]
  const toggle = (value: string) =>
    onChange(selected.includes(value) ? selected.filter((one) => one !== value) : [...selected, value])
  return (
    <PopoverPanel
      label={isChoice ? label : `Filter by ${label.toLowerCase()}`}
      align="start"
      className="max-h-80 w-64 overflow-y-auto p-1"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button
          type="button"
          className={cn(buttonClass('secondary'), selected.length > 0 && !isChoice && 'border-accent')}
        >
          {label}
          {selected.length > 0 && !isChoice && (
            <span className="bg-accent-soft text-accent-ink rounded-full px-1.5 text-xs">
              {selected.length}
            </span>
          )}
          <ChevronDown className="text-ink-muted size-4" aria-hidden />
        </button>
      }
    >
      {all.length === 0 && <p className="text-ink-muted px-2.5 py-2">Nothing to choose from.</p>}
      <ul>
        {all.map((option) => {
          const isOn = selected.includes(option.value)
          return (
            <li key={option.value}>
              <button
                type="button"
                role="checkbox"
                aria-checked={isOn}
                onClick={() => toggle(option.value)}
                className="hover:bg-sunken flex w-full items-center gap-2 rounded-md px-2 py-1.5 text-left"
              >
                <span
                  className={cn(
                    'flex size-4 shrink-0 items-center justify-center rounded border',
                    isOn ? 'border-accent bg-accent text-on-accent' : 'border-line-strong',
                  )}
                >
                  {isOn && <Check className="size-3" strokeWidth={3} aria-hidden />}
                </span>
                <span className="min-w-0 flex-1 truncate">{option.label}</span>
                {option.count !== undefined && (
                  <span className="text-ink-muted text-[13px] tabular-nums">{formatCount(option.count)}</span>
                )}
              </button>
            </li>
          )
        })}
      </ul>
      {selected.length > 0 && (
        <button
          type="button"
          onClick={() => onChange([])}
          className="border-line text-accent-ink mt-1 w-full border-t px-2.5 py-2 text-left text-[13px]"
        >
          {isChoice ? 'Back to the default' : 'Clear this filter'}
        </button>
      )}
    </PopoverPanel>
  )
}
