import { Search, X } from 'lucide-react'
import { useEffect, useId, useRef, useState } from 'react'
import { cn } from '@/lib/cn'
import { useDocumentKeys } from '@/lib/use-document-keys'

const TYPING_PAUSE_MS = 250

type SearchInputProps = {
  label: string
  placeholder?: string
  value: string
  onChange: (value: string) => void
  /** Why what is typed cannot be searched for. */
  error?: string | undefined
  className?: string
}

/** Search that waits for a pause in typing. `/` puts the cursor here. */
export function SearchInput({ label, placeholder, value, onChange, error, className }: SearchInputProps) {
  const [typed, setTyped] = useState(value)
  const [known, setKnown] = useState(value)
  const ref = useRef<HTMLInputElement>(null)
  const errorId = useId()
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  // The address changed from outside (back button, a link): what was typed gives way.
  if (known !== value) {
    setKnown(value)
    setTyped(value)
  }
  useDocumentKeys((event) => {
    const target = event.target as HTMLElement
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return
    event.preventDefault()
    ref.current?.focus()
  })
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current)
    },
    [],
  )
  const change = (next: string, isAtOnce: boolean) => {
    setTyped(next)
    if (timer.current) clearTimeout(timer.current)
    if (isAtOnce) onChange(next)
    else timer.current = setTimeout(() => onChange(next), TYPING_PAUSE_MS)
  }
  return (
    <div className={cn('relative min-w-0', className)}>
      <Search className="text-ink-muted pointer-events-none absolute top-2.5 left-2.5 size-4" aria-hidden />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={typed}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : errorId}
        onChange={(event) => change(event.target.value, false)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change(typed, true)
          if (event.key === 'Escape') change('', true)
        }}
        className="border-line-strong/60 bg-panel placeholder:text-ink-muted aria-invalid:border-critical h-9 w-full rounded-md border pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden"
      />
      {typed !== '' && (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => change('', true)}
          className="text-ink-muted hover:text-ink absolute top-1 right-1 flex size-7 items-center justify-center rounded"
        >
          <X className="size-4" aria-hidden />
        </button>
      )}
      {error !== undefined && (
        <p id={errorId} role="alert" className="text-critical mt-1 text-[13px] break-words">
          {error}
        </p>
      )}
    </div>
  )
}
