import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useLocation } from 'react-router'
import { sessionQueries } from '@/features/session/session.queries'
import { loadPart } from '@/lib/load-part'
import { RoleContext } from '@/lib/permission'
import { createLateClient } from '@/live/late-client'
import { LiveContext } from '@/live/live-context'
import { PART_MISSING } from '@/ui/hanging'
import { ErrorState, LoadingState } from '@/ui/states'
import { toast } from '@/ui/toast.store'
import { leaveSession } from './session-end'
import { Shell } from './shell/shell'

/** Everything behind sign-in: role, live connection and the frame; without a session, the way to sign in. */
export function SignedIn() {
  const me = useQuery(sessionQueries.me())
  const location = useLocation()
  if (me.isPending) return <LoadingState what="your session" />
  if (me.isError) return <ErrorState error={me.error} onRetry={() => void me.refetch()} />
  if (me.data === null) {
    const next = encodeURIComponent(location.pathname + location.search)
    return <Navigate to={`/sign-in?next=${next}`} replace />
  }
  return (
    <RoleContext value={me.data.user.role}>
      <Connected />
    </RoleContext>
  )
}

const loadLiveClient = () =>
  loadPart(() => import('@/live/live-client')).then((live) =>
    live.createLiveClient({ onSignedOut: leaveSession }),
  )

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
