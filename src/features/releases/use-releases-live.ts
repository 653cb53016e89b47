import { useQueryClient, type QueryKey } from '@tanstack/react-query'
import { useState } from 'react'
import { useLiveTopic } from '@/live/use-live-topic'

/**
 * Fetches what is shown again when releases, or who runs them, change. `cursor`: the oldest revision of what is shown;
 * null while nothing is.
 */
export function useReleasesLive(
  fleetId: number | undefined,
  queryKey: QueryKey,
  cursor: number | null,
): void {
  const client = useQueryClient()
  const [heldTo, setHeldTo] = useState(0)
  const refetch = () => void client.invalidateQueries({ queryKey }, { cancelRefetch: false })
  useLiveTopic<'releases'>(
    cursor === null ? null : { kind: 'releases', ...(fleetId === undefined ? {} : { fleetId }) },
    {
      since: () => (cursor === null ? null : Math.max(cursor, heldTo)),
      onResync: refetch,
      onPatch: ({ to }) => {
        setHeldTo(to)
        refetch()
      },
    },
  )
}
