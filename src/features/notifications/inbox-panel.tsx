import { BellOff, CheckCheck } from 'lucide-react'
import { Link } from 'react-router'
import type { InboxSnapshot, NeedsAction } from '#contract/notification'
import { useMay } from '@/lib/permission'
import { Button } from '@/ui/button'
import { ProblemNote } from '@/ui/problem-note'
import { QueryView } from '@/ui/query-view'
import { EmptyState } from '@/ui/states'
import { Status } from '@/ui/status'
import { DesktopNoticeSwitch } from './desktop-notice-switch'
import { NotificationRow } from './notification-row'
import { needsActionWords, rolloutPath } from './notification-words'
import { useMarkSeen } from './notifications.mutations'
import { useInbox } from './use-inbox'

/** What happened lately, with what stands still until somebody decides above it. */
export function InboxPanel({ onClose }: { onClose: () => void }) {
  const query = useInbox()
  const mark = useMarkSeen()
  const newest = query.data?.rows[0]
  return (
    <>
      <header className="border-line flex items-center gap-2 border-b py-2 pr-2 pl-4">
        <h2 className="flex-1 font-semibold">Notifications</h2>
        <Button
          size="sm"
          variant="ghost"
          icon={<CheckCheck className="size-4" aria-hidden />}
          isPending={mark.isPending}
          disabled={!newest || query.data?.unseen === 0}
          onClick={() => newest && mark.mutate({ through: newest.id })}
        >
          Mark all as read
        </Button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {mark.error && (
          <div className="p-3">
            <ProblemNote error={mark.error} />
          </div>
        )}
        <QueryView query={query} what="notifications">
          {(inbox) => <InboxContent inbox={inbox} onClose={onClose} />}
        </QueryView>
      </div>
      <footer className="border-line flex flex-wrap items-center gap-2 border-t px-4 py-2">
        <Link
          to="/notifications"
          onClick={onClose}
          className="text-accent-ink text-[13px] font-medium hover:underline"
        >
          All notifications
        </Link>
        <span className="flex-1" />
        <DesktopNoticeSwitch />
      </footer>
    </>
  )
}

function InboxContent({ inbox, onClose }: { inbox: InboxSnapshot; onClose: () => void }) {
  const mark = useMarkSeen()
  return (
    <>
      {inbox.needsAction.length > 0 && <Waiting waiting={inbox.needsAction} onClose={onClose} />}
      {inbox.rows.length === 0 ? (
        <EmptyState icon={BellOff} title="Nothing has happened yet">
          You are told here when a rollout pauses, waits for approval, goes back or ends, and when a device
          you watch returns, fails or changes.
        </EmptyState>
      ) : (
        <ul aria-label="Latest notifications">
          {inbox.rows.map((row) => (
            <NotificationRow
              key={row.id}
              notification={row}
              onOpen={({ id, isSeen }) => {
                if (!isSeen) mark.mutate({ ids: [id] })
                onClose()
              }}
            />
          ))}
        </ul>
      )}
    </>
  )
}

function Waiting({ waiting, onClose }: { waiting: readonly NeedsAction[]; onClose: () => void }) {
  const mayDecide = useMay('release-manager')
  return (
    <section
      aria-label="Rollouts that wait for a decision"
      className="border-line bg-sunken border-b px-4 py-2.5"
    >
      <h3 className="text-ink-soft text-[13px] font-medium">
        {mayDecide ? 'Waits for your decision' : 'Waits for a release manager'}
      </h3>
      <ul>
        {waiting.map(({ rolloutId, fleetName, why }) => (
          <li key={rolloutId}>
            <Link
              to={rolloutPath(rolloutId)}
              onClick={onClose}
              className="flex min-h-6 items-center py-0.5 hover:underline"
            >
              <Status tone="attention">
                Rollout {rolloutId} of <bdi>{fleetName}</bdi> {needsActionWords[why]}
              </Status>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
