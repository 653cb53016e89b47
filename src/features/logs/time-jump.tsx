import { Clock } from 'lucide-react'
import { useState } from 'react'
import { Button, buttonClass } from '@/ui/button'
import { Field, TextInput } from '@/ui/field'
import { PopoverPanel } from '@/ui/popover-panel'
import { toLocalInput } from './local-input'

/** Goes to a moment in the stored log. */
export function TimeJump({ at, onJump }: { at: string | undefined; onJump: (at: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <PopoverPanel
      label="Go to a time"
      align="start"
      className="w-72 p-3"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button type="button" className={buttonClass('ghost', 'sm')}>
          <Clock className="size-4" aria-hidden />
          <span className="max-sm:sr-only">Go to time</span>
        </button>
      }
    >
      <JumpForm
        at={at}
        onJump={(next) => {
          setOpen(false)
          onJump(next)
        }}
      />
    </PopoverPanel>
  )
}

function JumpForm({ at, onJump }: { at: string | undefined; onJump: (at: string) => void }) {
  const [value, setValue] = useState(() => toLocalInput(at === undefined ? new Date() : new Date(at)))
  const [error, setError] = useState<string | undefined>()
  const jump = () => {
    const moment = new Date(value)
    if (Number.isNaN(moment.getTime())) setError('Give a whole date and time')
    else onJump(moment.toISOString())
  }
  return (
    <form
      noValidate
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        jump()
      }}
    >
      <Field label="Time" hint="In your time zone, as the gateway received lines." error={error}>
        {(field) => (
          <TextInput
            {...field}
            type="datetime-local"
            step={1}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" variant="primary" className="w-full">
        Go there
      </Button>
    </form>
  )
}
