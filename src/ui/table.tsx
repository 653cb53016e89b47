import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

/** A plain table for short lists; it scrolls sideways inside its own box. `label` names it. */
export function Table({ label, children }: { label: string; children: ComponentProps<'table'>['children'] }) {
  return (
    // `relative`: what is only for screen readers is placed absolutely, and a box clips only what is placed in it.
    <div
      className="relative overflow-x-auto print:overflow-visible"
      role="group"
      aria-label={label}
      // A box that scrolls must be reachable by keyboard; it is no landmark, since the panel around it is one.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className="w-full border-collapse text-left" aria-label={label}>
        {children}
      </table>
    </div>
  )
}

export function HeaderCell({ className, ...rest }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      {...rest}
      className={cn(
        'border-line text-ink-muted border-b px-3 py-2 text-[13px] font-medium whitespace-nowrap first:pl-4 last:pr-4',
        className,
      )}
    />
  )
}

export function Cell({ className, ...rest }: ComponentProps<'td'>) {
  return (
    <td
      {...rest}
      className={cn('border-line border-b px-3 py-2 align-middle first:pl-4 last:pr-4', className)}
    />
  )
}
