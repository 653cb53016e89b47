import { isRouteErrorResponse, Link, useRouteError } from 'react-router'
import { Button, buttonClass } from '@/ui/button'
import { EmptyState } from '@/ui/states'

/** What a page shows when it cannot be drawn at all. */
export function RouteError() {
  const error = useRouteError()
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />
  const text = error instanceof Error ? error.message : 'The page stopped for a reason it does not know.'
  // A new version of the app was installed and this tab still asks for parts of the old one.
  const isOldTab = /dynamically imported module|Importing a module script failed/i.test(text)
  return (
    <EmptyState
      title={isOldTab ? 'Wheelhouse was updated' : 'This page could not be drawn'}
      action={
        <>
          <Button variant="primary" onClick={() => location.reload()}>
            Load again
          </Button>
          <Link to="/fleets" className={buttonClass()}>
            To the fleets
          </Link>
        </>
      }
    >
      {isOldTab ? 'Load the page again to get the new version.' : text}
    </EmptyState>
  )
}

export function NotFound({ title = 'There is no page at this address' }: { title?: string }) {
  return (
    <EmptyState
      title={title}
      action={
        <Link to="/fleets" className={buttonClass('primary')}>
          To the fleets
        </Link>
      }
    >
      The link may be old, or what it led to was deleted.
    </EmptyState>
  )
}
