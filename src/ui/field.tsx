import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

const control =
  'w-full rounded-md border border-line-strong/60 bg-panel px-2.5 text-ink placeholder:text-ink-muted disabled:opacity-60 aria-invalid:border-critical'

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input {...rest} className={cn(control, 'h-9', className)} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={cn(control, 'py-2', className)} />
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return <select {...rest} className={cn(control, 'h-9 pr-7', className)} />
}

type FieldProps = {
  label: string
  hint?: ReactNode
  error?: string | undefined
  /** Gets what ties the control to its label, hint and error. */
  children: (props: {
    id: string
    'aria-describedby': string | undefined
    'aria-invalid': boolean
  }) => ReactNode
}

/** Label, control, hint and error of one input. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId()
  const noteId = `${id}-note`
  const hasNote = hint !== undefined || error !== undefined
  return (
    <div className="space-y-1">
      <label htmlFor={id} className="text-ink-soft block text-[13px] font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': hasNote ? noteId : undefined,
        'aria-invalid': error !== undefined,
      })}
      {hasNote && (
        <p
          id={noteId}
          className={cn('text-[13px]', error === undefined ? 'text-ink-muted' : 'text-critical')}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  )
}
