import { useEffect, useState } from 'react'
import { useQuery, type QueryClient } from '@tanstack/react-query'
import { Navigate, useLocation } from 'react-router'
import { sessionQueries } from '@/features/session/session.queries'
import { loadPart } from '@/lib/load-part'
import { AccessContext } from '@/lib/permission'
import { SourceContext } from '@/lib/source'
import { createLateClient } from '@/live/late-client'
import { LiveContext } from '@/live/live-context'
import { PART_MISSING } from '@/ui/hanging'
import { ErrorState, LoadingState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { queryClient } from './query-client'
import { leaveSession, renewRights } from './session-end'
import { Shell } from './shell/shell'

/** Everything behind sign-in: rights, live connection and the frame; without a session, the way to sign in. */
export function SignedIn() {
  const me = useQuery(sessionQueries.me())
  const location = useLocation()
  // Who was here last stays while it cannot be asked.
  if (me.data === undefined)
    return me.error ? (
      <ErrorState error={me.error} onRetry={() => void me.refetch()} />
    ) : (
      <LoadingState what="your session" />
    )
  const next = encodeURIComponent(location.pathname + location.search)
  if (me.data === null) return <Navigate to={`/sign-in?next=${next}`} replace />
  if (me.data.needsSecondStep) return <Navigate to={`/second-step?next=${next}`} replace />
  return (
    <AccessContext value={me.data.user.access}>
      <SourceContext value={me.data.source}>
        <Connected />
      </SourceContext>
    </AccessContext>
  )
}

/** The socket's code is late enough when the page has drawn its first data, and not later than this. */
const LIVE_WITHIN_MS = 2000

/** Resolves when nothing is being fetched any more and a moment was left to draw it, or when that takes too long. */
function whenDrawn(client: QueryClient): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop()
      clearTimeout(deadline)
      setTimeout(resolve, 50)
    }
    const stop = client.getQueryCache().subscribe(() => {
      if (client.isFetching() === 0) done()
    })
    const deadline = setTimeout(done, LIVE_WITHIN_MS)
  })
}

const loadLiveClient = async () => {
  await whenDrawn(queryClient)
  const live = await loadPart(() => import('@/live/live-client'))
  return live.createLiveClient({ onSignedOut: leaveSession, onRightsChanged: renewRights })
}

function Connected() {
  const [client] = useState(() =>
    createLateClient({ load: loadLiveClient, onMissing: () => toast('critical', PART_MISSING) }),
  )
  useEffect(() => {
    client.connect()
    return () => client.close()
  }, [client])
  return (
    <LiveContext value={client}>
      <Shell />
    </LiveContext>
  )
}
