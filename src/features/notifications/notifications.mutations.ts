import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { InboxSnapshot, MarkSeen } from '#contract/notification'
import { callApi } from '@/lib/api'
import { notificationKeys } from './notifications.queries'

/** Marks notifications as seen. The answer is of no revision, so the cursor held stays and patches go on from there. */
export function useMarkSeen() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (which: MarkSeen) => callApi('markNotificationsSeen', { body: which }),
    onSuccess: (inbox) => {
      client.setQueryData<InboxSnapshot>(notificationKeys.inbox, (held) =>
        held ? { ...held, ...inbox } : held,
      )
      return client.invalidateQueries({ queryKey: notificationKeys.lists })
    },
  })
}
