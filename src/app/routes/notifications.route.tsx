import { WatchList } from '@/features/watches/watch-list'
import { NotificationList } from '@/features/notifications/notification-list'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  return (
    <>
      <PageHeader title="Notifications">
        What happened to rollouts and to devices you watch, newest first.
      </PageHeader>
      <div className="space-y-4">
        <WatchList />
        <NotificationList />
      </div>
    </>
  )
}
