import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { setPageTitle } from '@/lib/page-title'

/** The frame of the pages before sign-in. */
export function AuthCard({
  title,
  hint,
  children,
}: {
  title: string
  hint?: ReactNode
  children: ReactNode
}) {
  useEffect(() => {
    setPageTitle(title)
  }, [title])
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-5 flex items-center gap-2">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="text-lg font-semibold">Wheelhouse</span>
        </div>
        <div className="border-line bg-panel shadow-panel rounded-xl border p-5">
          <h1 className="text-lg font-semibold">{title}</h1>
          {hint !== undefined && <div className="text-ink-muted mt-1">{hint}</div>}
          <div className="mt-4">{children}</div>
        </div>
      </div>
    </main>
  )
}
