import { Link } from 'react-router'
import type { Notification } from '#contract/notification'
import { RelativeTime } from '@/ui/relative-time'
import { Status } from '@/ui/status'
import { notificationWords, pathOf } from './notification-words'

type NotificationRowProps = { notification: Notification; onOpen: (notification: Notification) => void }

/** What happened, in which fleet and when; the whole of it leads to the rollout or device. */
export function NotificationRow({ notification, onOpen }: NotificationRowProps) {
  const { label, tone } = notificationWords[notification.event]
  return (
    <li className="border-line relative border-b last:border-b-0">
      <Link
        to={pathOf(notification)}
        onClick={() => onOpen(notification)}
        className="hover:bg-sunken focus-visible:bg-sunken block py-2.5 pr-4 pl-6"
      >
        {!notification.isSeen && (
          <span aria-hidden className="bg-accent absolute top-4 left-2.5 size-1.5 rounded-full" />
        )}
        <span className="flex flex-wrap items-center gap-x-2">
          <Status tone={tone} className="font-medium">
            {label}
          </Status>
          {!notification.isSeen && <span className="sr-only">, unread</span>}
          <bdi className="text-ink-soft min-w-0 truncate">{notification.fleetName}</bdi>
          <span className="text-ink-muted ml-auto text-[13px] tabular-nums">
            <RelativeTime at={notification.at} />
          </span>
        </span>
        <span className="mt-0.5 block break-words">
          <bdi>{notification.summary}</bdi>
        </span>
        <span className="text-ink-muted block text-[13px]">
          {notification.device === null ? (
            <>
              Rollout {notification.rolloutId}, by <bdi>{notification.actor}</bdi>
            </>
          ) : (
            <>
              <bdi>{notification.device.name}</bdi>, by <bdi>{notification.actor}</bdi>
            </>
          )}
        </span>
      </Link>
    </li>
  )
}
