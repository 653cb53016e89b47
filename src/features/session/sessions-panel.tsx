import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { UserSession } from '#contract/session'
import { callApi } from '@/lib/api'
import { formatNoun } from '@/lib/format'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { toast } from '@/ui/toast.store'
import { browserText } from './browser-words'
import { ownSessionsQuery } from './own-sessions.queries'

const useEnding = () => {
  const client = useQueryClient()
  return useMutation({
    /** One session, or with null all but this one. */
    mutationFn: async (sessionId: number | null) => {
      if (sessionId === null) return (await callApi('endOtherSessions')).ended
      await callApi('endOwnSession', { params: { sessionId } })
      return 1
    },
    // Also after a failure: it may be over already.
    onSettled: () => client.invalidateQueries({ queryKey: ownSessionsQuery().queryKey }),
  })
}

/** Browsers in which one is signed in, and the way to end those one does not know. */
export function SessionsPanel() {
  const query = useQuery(ownSessionsQuery())
  const [asked, setAsked] = useState<UserSession | 'others' | null>(null)
  const hasOthers = (query.data?.sessions.length ?? 0) > 1
  return (
    <Panel
      title="Where you are signed in"
      hint="End a session you do not know, then change your password."
      isFlush
      actions={
        hasOthers && (
          <Button variant="danger" onClick={() => setAsked('others')}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <QueryView query={query} what="your sessions">
        {({ sessions }) => (
          <Table label="Your sessions">
            <thead>
              <tr>
                <HeaderCell>Browser</HeaderCell>
                <HeaderCell className="max-sm:hidden">Address</HeaderCell>
                <HeaderCell>Last seen</HeaderCell>
                <HeaderCell className="max-sm:hidden">Signed in</HeaderCell>
                <HeaderCell>
                  <span className="sr-only">Actions</span>
                </HeaderCell>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <tr key={session.id}>
                  <Cell title={session.userAgent}>
                    <bdi className="font-medium">{browserText(session.userAgent)}</bdi>
                    {session.isCurrent && <span className="text-ink-muted ml-2 text-[13px]">this one</span>}
                  </Cell>
                  <Cell className="max-sm:hidden">{session.address}</Cell>
                  <Cell>
                    <RelativeTime at={session.lastSeenAt} />
                  </Cell>
                  <Cell className="max-sm:hidden">
                    <RelativeTime at={session.createdAt} />
                  </Cell>
                  <Cell className="text-right">
                    {!session.isCurrent && (
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`End the session in ${browserText(session.userAgent)}`}
                        onClick={() => setAsked(session)}
                      >
                        End
                      </Button>
                    )}
                  </Cell>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </QueryView>
      {asked !== null && <EndDialog asked={asked} onClose={() => setAsked(null)} />}
    </Panel>
  )
}

function EndDialog({ asked, onClose }: { asked: UserSession | 'others'; onClose: () => void }) {
  const end = useEnding()
  const isAll = asked === 'others'
  return (
    <ConfirmDialog
      title={isAll ? 'Sign out everywhere else?' : `End the session in ${browserText(asked.userAgent)}?`}
      confirmLabel={isAll ? 'Sign out' : 'End it'}
      isDangerous
      isPending={end.isPending}
      error={end.error}
      onClose={onClose}
      onConfirm={() =>
        end.mutate(isAll ? null : asked.id, {
          onSuccess: (ended) => {
            toast('ok', `${formatNoun(ended, 'session')} ended`)
            onClose()
          },
        })
      }
    >
      <p>
        {isAll
          ? 'Every other browser is signed out at once; this one stays.'
          : 'Whoever uses it is signed out at once and has to sign in again.'}
      </p>
    </ConfirmDialog>
  )
}
