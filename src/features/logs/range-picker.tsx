import { CalendarClock, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { rangeInWords, type TimeRangeSearch } from '@/domain/time-range-search'
import { cn } from '@/lib/cn'
import { formatInstant } from '@/lib/time'
import { Button, buttonClass } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { PopoverPanel } from '@/ui/popover-panel'
import { toLocalInput } from './local-input'

/** Shorter ones than elsewhere: logs are many. */
const offered = ['15m', '1h', '6h', '24h', '7d', '30d'] as const

/** What range is set, as the button says it. */
export function rangeWords({ from, to, range }: TimeRangeSearch): string {
  if (from !== undefined && to !== undefined) return `${formatInstant(from)} – ${formatInstant(to)}`
  if (from !== undefined) return `From ${formatInstant(from)}`
  if (to !== undefined) return `Until ${formatInstant(to)}`
  if (range === undefined) return 'All times'
  const words = rangeInWords(range)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

type RangePickerProps = { value: TimeRangeSearch; onChange: (range: TimeRangeSearch) => void }

/** When the lines that are searched were received: up to now, or between two moments. */
export function RangePicker({ value, onChange }: RangePickerProps) {
  const [isOpen, setOpen] = useState(false)
  const isSet = value.from !== undefined || value.to !== undefined || value.range !== undefined
  const choose = (next: TimeRangeSearch) => {
    setOpen(false)
    onChange({ from: undefined, to: undefined, range: undefined, ...next })
  }
  return (
    <PopoverPanel
      label="Time range"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button
          type="button"
          aria-label={`Time range: ${rangeWords(value)}`}
          className={cn(buttonClass('secondary'), 'tabular-nums', isSet && 'border-accent')}
        >
          <CalendarClock className="size-4" aria-hidden />
          {rangeWords(value)}
          <ChevronDown className="text-ink-muted size-4" aria-hidden />
        </button>
      }
    >
      <div className="space-y-3 overflow-y-auto p-3">
        <div role="group" aria-label="Up to now" className="flex flex-wrap gap-1.5">
          {offered.map((range) => (
            <Button
              key={range}
              size="sm"
              aria-pressed={value.range === range}
              onClick={() => choose({ range })}
            >
              {rangeWords({ range })}
            </Button>
          ))}
          <Button size="sm" aria-pressed={!isSet} onClick={() => choose({})}>
            All times
          </Button>
        </div>
        <FixedRange value={value} onChoose={choose} />
      </div>
    </PopoverPanel>
  )
}

const inputOf = (at: string | undefined) => (at === undefined ? '' : toLocalInput(new Date(at)))

function FixedRange({
  value,
  onChoose,
}: {
  value: TimeRangeSearch
  onChoose: (range: TimeRangeSearch) => void
}) {
  const [from, setFrom] = useState(() => inputOf(value.from))
  const [to, setTo] = useState(() => inputOf(value.to))
  const [error, setError] = useState<string | undefined>()
  const apply = () => {
    const isSwapped = from !== '' && to !== '' && from > to
    if (from === '' && to === '') setError('Give at least one end')
    else if (isSwapped) setError('The end lies before the beginning')
    else
      onChoose({
        ...(from === '' ? {} : { from: new Date(from).toISOString() }),
        ...(to === '' ? {} : { to: new Date(to).toISOString() }),
      })
  }
  return (
    <form
      noValidate
      className="border-line space-y-3 border-t pt-3"
      onSubmit={(event) => {
        event.preventDefault()
        apply()
      }}
    >
      <Field label="From">
        {(field) => (
          <TextInput
            {...field}
            type="datetime-local"
            step={1}
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="To"
        hint="In your time zone, as the gateway received lines. Empty: up to now."
        error={error}
      >
        {(field) => (
          <TextInput
            {...field}
            type="datetime-local"
            step={1}
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="w-full">
        Search this time
      </Button>
    </form>
  )
}
