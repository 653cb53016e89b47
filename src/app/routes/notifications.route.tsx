import { NotificationList } from '@/features/notifications/notification-list'
import { PageHeader } from '@/ui/page-header'

export function Component() {
  return (
    <>
      <PageHeader title="Notifications">What happened to rollouts, newest first.</PageHeader>
      <NotificationList />
    </>
  )
}
