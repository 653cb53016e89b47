import { useEffect, useRef, type ComponentProps } from 'react'
import { cn } from '@/lib/cn'

/** A checkbox that can also be half-checked. Give it a label around or an aria-label. */
export function Checkbox(props: ComponentProps<'input'> & { isIndeterminate?: boolean }) {
  const { isIndeterminate = false, className, ...rest } = props
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = isIndeterminate
  }, [isIndeterminate])
  return (
    <input ref={ref} type="checkbox" {...rest} className={cn('accent-accent size-4 shrink-0', className)} />
  )
}
