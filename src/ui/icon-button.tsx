import type { ComponentProps, ReactNode } from 'react'
import { cn } from '@/lib/cn'

/** A button that shows only an icon; its label is its accessible name and its tooltip. */
export function IconButton(props: ComponentProps<'button'> & { label: string; icon: ReactNode }) {
  const { label, icon, className, ...rest } = props
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={cn(
        'text-ink-soft hover:bg-sunken hover:text-ink inline-flex size-9 shrink-0 items-center justify-center rounded-md disabled:opacity-50 [&_svg]:size-[18px]',
        className,
      )}
    >
      {icon}
    </button>
  )
}
