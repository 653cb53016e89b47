import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

type PanelProps = {
  title?: ReactNode
  /** One line below the title. */
  hint?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  /** Without inner padding, for tables and lists. */
  isFlush?: boolean
  label?: string
}

/** A titled area of a page. */
export function Panel({ title, hint, actions, children, className, isFlush = false, label }: PanelProps) {
  return (
    <section
      aria-label={label ?? (typeof title === 'string' ? title : undefined)}
      className={cn('border-line bg-panel shadow-panel min-w-0 rounded-lg border', className)}
    >
      {(title !== undefined || actions !== undefined) && (
        <header className="border-line flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2.5">
          <div className="min-w-0 flex-1">
            <h2 className="font-semibold">{title}</h2>
            {hint !== undefined && <p className="text-ink-muted text-[13px]">{hint}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={isFlush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}
