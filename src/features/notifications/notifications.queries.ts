import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import type { InboxSnapshot, NotificationEvent } from '#contract/notification'
import { callApi } from '@/lib/api'
import { liveQuery } from '@/live/live-query'

const PAGE_SIZE = 50

export const notificationKeys = {
  inbox: ['notifications', 'inbox'] as const,
  lists: ['notifications', 'list'] as const,
}

export type NotificationFilter = { event: NotificationEvent[]; isUnseen: boolean }

export const notificationQueries = {
  inbox: () =>
    liveQuery<'notifications', InboxSnapshot>({
      topic: { kind: 'notifications' },
      queryKey: notificationKeys.inbox,
      fetch: (signal) => callApi('getInbox', { signal }),
      apply: (snapshot, inbox) => ({ ...snapshot, ...inbox }),
    }),
  list: ({ event, isUnseen }: NotificationFilter) =>
    infiniteQueryOptions({
      queryKey: [...notificationKeys.lists, { event, isUnseen }],
      queryFn: ({ pageParam, signal }) =>
        callApi('listNotifications', {
          query: {
            event,
            limit: PAGE_SIZE,
            ...(isUnseen ? { isSeen: false } : {}),
            ...(pageParam === null ? {} : { after: pageParam }),
          },
          signal,
        }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
      placeholderData: keepPreviousData,
    }),
}
