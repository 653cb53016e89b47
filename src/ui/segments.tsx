import { cn } from '@/lib/cn'

type SegmentsProps<V extends string> = {
  label: string
  options: readonly { value: V; label: string }[]
  value: V
  onChange: (value: V) => void
}

/** A choice between a few ways of looking at the same thing. */
export function Segments<V extends string>({ label, options, value, onChange }: SegmentsProps<V>) {
  return (
    <div role="group" aria-label={label} className="bg-sunken inline-flex rounded-md p-0.5">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cn(
            'h-7 rounded px-2.5 text-[13px] font-medium',
            option.value === value ? 'bg-raised text-ink shadow-panel' : 'text-ink-muted hover:text-ink',
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}
