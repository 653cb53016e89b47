import { useEffect, type ReactNode } from 'react'
import { isRouteErrorResponse, Link, useRouteError } from 'react-router'
import { setPageTitle } from '@/lib/page-title'
import { Button, buttonClass } from '@/ui/button'

/** A message that takes the place of a page. */
function PageMessage({
  title,
  children,
  action,
}: {
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  useEffect(() => {
    setPageTitle(title)
  }, [title])
  return (
    <div className="mx-auto flex max-w-prose flex-col items-center px-4 py-16 text-center">
      <h1 className="text-xl font-semibold">{title}</h1>
      <div className="text-ink-muted mt-2 break-words">{children}</div>
      <div className="mt-5 flex flex-wrap justify-center gap-2">
        {action}
        <Link to="/fleets" className={buttonClass(action === undefined ? 'primary' : 'secondary')}>
          To the fleets
        </Link>
      </div>
    </div>
  )
}

/** What a page shows when it cannot be drawn at all. */
export function RouteError() {
  const error = useRouteError()
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />
  const text = error instanceof Error ? error.message : 'The page stopped for a reason it does not know.'
  const isPartMissing = /dynamically imported module|Importing a module script failed/i.test(text)
  return (
    <PageMessage
      title={isPartMissing ? 'A part of this page could not be loaded' : 'This page could not be drawn'}
      action={
        <Button variant="primary" onClick={() => location.reload()}>
          Load again
        </Button>
      }
    >
      {isPartMissing
        ? 'Wheelhouse was updated since you opened it, and this tab still asks for the old parts. Load the page again. If that does not help, the gateway cannot be reached.'
        : text}
    </PageMessage>
  )
}

export function NotFound({ title = 'There is no page at this address' }: { title?: string }) {
  return <PageMessage title={title}>The link may be old, or what it led to was deleted.</PageMessage>
}
