import { useQuery } from '@tanstack/react-query'
import { notificationQueries } from './notifications.queries'

/** The inbox as the shell keeps it fresh; it watches nothing by itself. */
export const useInbox = () => useQuery(notificationQueries.inbox().options)

/** How many rollouts stand still until somebody decides. */
export const useNeedsActionCount = (): number => useInbox().data?.needsAction.length ?? 0
