import { ChevronRight } from 'lucide-react'
import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router'
import { setPageTitle } from '@/lib/page-title'

type PageHeaderProps = {
  title: string
  /** What the browser's tab says, when the title alone would not tell. */
  documentTitle?: string
  /** Stands in the place of the title, e.g. the form that changes it. */
  heading?: ReactNode
  /** Beside the title: badges and the like. */
  aside?: ReactNode
  /** Below the title: one line of facts. */
  children?: ReactNode
  actions?: ReactNode
  trail?: { label: string; to: string }[]
}

/** Title of a page, also in the browser's tab. */
export function PageHeader({
  title,
  documentTitle = title,
  heading,
  aside,
  children,
  actions,
  trail = [],
}: PageHeaderProps) {
  useEffect(() => {
    setPageTitle(documentTitle)
  }, [documentTitle])
  return (
    <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1 basis-60">
        {trail.length > 0 && (
          <nav aria-label="Breadcrumb" className="text-ink-muted flex items-center gap-1 text-[13px]">
            {trail.map((step) => (
              <span key={step.to} className="flex min-w-0 items-center gap-1">
                <Link to={step.to} className="hover:text-ink truncate leading-[24px] hover:underline">
                  {step.label}
                </Link>
                <ChevronRight className="size-3.5 shrink-0" aria-hidden />
              </span>
            ))}
          </nav>
        )}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {heading ?? <h1 className="min-w-0 text-xl font-semibold break-words">{title}</h1>}
          {aside}
        </div>
        {children !== undefined && (
          <div className="text-ink-muted mt-1 [&_a]:underline [&_a]:underline-offset-2">{children}</div>
        )}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}
