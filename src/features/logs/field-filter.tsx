import { Braces } from 'lucide-react'
import { useState } from 'react'
import { fieldFilterText, parseFieldFilter, type FieldCondition } from '#contract/log-fields'
import { cn } from '@/lib/cn'
import { buttonClass } from '@/ui/button'
import { PopoverPanel } from '@/ui/popover-panel'
import { SearchInput } from '@/ui/search-input'

function conditionsOf(text: string): FieldCondition[] {
  try {
    return parseFieldFilter(text)
  } catch {
    return []
  }
}

/** The filter with one more condition; one on the same field and value gives way. */
export function withCondition(text: string, condition: FieldCondition): string {
  const isSame = (other: FieldCondition) =>
    other.path === condition.path &&
    ('value' in other ? other.value : null) === ('value' in condition ? condition.value : null)
  return fieldFilterText([...conditionsOf(text).filter((other) => !isSame(other)), condition])
}

type FieldFilterProps = { value: string; error: string | null; onChange: (value: string) => void }

/** Conditions on the fields of lines that are JSON objects. */
export function FieldFilter({ value, error, onChange }: FieldFilterProps) {
  const [isOpen, setOpen] = useState(false)
  const conditions = conditionsOf(value)
  return (
    <>
      <PopoverPanel
        label="Filter by JSON fields"
        isOpen={isOpen}
        onOpenChange={setOpen}
        trigger={
          <button
            type="button"
            className={cn(
              buttonClass(),
              value !== '' && 'border-accent',
              error !== null && 'border-critical! text-critical!',
            )}
          >
            <Braces className="size-4" aria-hidden />
            Fields
            {conditions.length > 0 && (
              <span className="bg-accent-soft text-accent-ink rounded-full px-1.5 text-xs">
                {conditions.length}
              </span>
            )}
          </button>
        }
      >
        <div className="space-y-2 p-3">
          <SearchInput
            label="Conditions on JSON fields"
            placeholder="status=500 path!=/health error"
            value={value}
            error={error ?? undefined}
            onChange={onChange}
          />
          <p className="text-ink-muted text-[13px]">
            field=value, field!=value, or a field alone where it must exist. Dots lead down: req.id=7. Quotes
            around what holds spaces. A press on a value in a line adds it here.
          </p>
        </div>
      </PopoverPanel>
      {conditions.map((condition) => {
        const text = fieldFilterText([condition])
        return (
          <button
            key={text}
            type="button"
            aria-label={`Remove the condition ${text}`}
            title="Remove this condition"
            onClick={() => onChange(fieldFilterText(conditions.filter((other) => other !== condition)))}
            className="bg-accent-soft text-accent-ink h-9 max-w-64 shrink-0 cursor-pointer truncate rounded-md px-2 font-mono text-[12.5px]"
          >
            <bdi>{text}</bdi> ×
          </button>
        )
      })}
    </>
  )
}
