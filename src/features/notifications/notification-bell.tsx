import { Bell } from 'lucide-react'
import { useState } from 'react'
import { CountBadge } from '@/ui/count-badge'
import { PopoverPanel } from '@/ui/popover-panel'
import { InboxPanel } from './inbox-panel'
import { unseenWords } from './notification-words'
import { useInbox } from './use-inbox'

/** The bell in the header: how many notifications are unread, and the latest of them behind it. */
export function NotificationBell() {
  const [isOpen, setOpen] = useState(false)
  const { data } = useInbox()
  const unseen = data?.unseen ?? 0
  return (
    <PopoverPanel
      label="Notifications"
      isOpen={isOpen}
      onOpenChange={setOpen}
      trigger={
        <button
          type="button"
          title={unseenWords(unseen)}
          className="text-ink-soft hover:bg-sunken hover:text-ink relative inline-flex size-9 shrink-0 items-center justify-center rounded-md"
        >
          <Bell className="size-[18px]" aria-hidden />
          <span className="sr-only">Notifications: {unseenWords(unseen)}</span>
          <span aria-hidden className="absolute -top-0.5 -right-0.5">
            <CountBadge count={unseen} label={unseenWords(unseen)} />
          </span>
        </button>
      }
    >
      <InboxPanel onClose={() => setOpen(false)} />
    </PopoverPanel>
  )
}
