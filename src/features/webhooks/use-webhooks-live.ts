import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLiveTopic } from '@/live/use-live-topic'
import { webhookKeys } from './webhooks.queries'

/**
 * Fetches what is shown again when webhooks or their deliveries change. `cursor`: the oldest revision of what is shown;
 * null while nothing is.
 */
export function useWebhooksLive(webhookId: number | undefined, cursor: number | null): void {
  const client = useQueryClient()
  const [heldTo, setHeldTo] = useState(0)
  const refetch = () => void client.invalidateQueries({ queryKey: webhookKeys.all }, { cancelRefetch: false })
  useLiveTopic<'webhooks'>(
    cursor === null ? null : { kind: 'webhooks', ...(webhookId === undefined ? {} : { webhookId }) },
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
