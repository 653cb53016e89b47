import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import type { User } from '#contract/session'
import { accessText } from '@/domain/access-words'
import { formatNoun } from '@/lib/format'
import { formatFullInstant, formatInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { ConfirmDialog } from '@/ui/confirm-dialog'
import { Panel } from '@/ui/panel'
import { QueryView } from '@/ui/query-view'
import { RelativeTime } from '@/ui/relative-time'
import { Badge } from '@/ui/status'
import { Cell, HeaderCell, Table } from '@/ui/table'
import { toast } from '@/ui/toast.store'
import { AddUserDialog } from './add-user-dialog'
import { ChangeUserDialog } from './change-user-dialog'
import { ResetPasswordDialog } from './reset-password-dialog'
import { ResetTotpDialog } from './reset-totp-dialog'
import { SignInLinkDialog } from './sign-in-link-dialog'
import { UserMenu, type UserTask } from './user-menu'
import { useEndSessions, useUpdateUser } from './users.mutations'
import { userQueries } from './users.queries'

/** All accounts, for administrators. */
export function UserList({ ownId }: { ownId: number }) {
  const query = useQuery(userQueries.list())
  const [isAdding, setAdding] = useState(false)
  const [task, setTask] = useState<{ task: UserTask; user: User } | null>(null)
  const close = () => setTask(null)
  return (
    <Panel
      title="People"
      hint="Accounts of this gateway. A disabled account keeps its name in the audit log."
      isFlush
      actions={
        <Button
          variant="primary"
          icon={<UserPlus className="size-4" aria-hidden />}
          onClick={() => setAdding(true)}
        >
          Add a person
        </Button>
      }
    >
      <QueryView query={query} what="accounts">
        {({ users }) => (
          <Table label="Accounts">
            <thead>
              <tr>
                <HeaderCell>Name</HeaderCell>
                <HeaderCell>Role</HeaderCell>
                <HeaderCell className="max-sm:hidden">Last signed in</HeaderCell>
                <HeaderCell className="max-sm:hidden">Added</HeaderCell>
                <HeaderCell>
                  <span className="sr-only">Actions</span>
                </HeaderCell>
              </tr>
            </thead>
            <tbody>
              {users.map((user) => (
                <UserRow
                  key={user.id}
                  user={user}
                  isOwn={user.id === ownId}
                  onTask={(next) => setTask({ task: next, user })}
                />
              ))}
            </tbody>
          </Table>
        )}
      </QueryView>
      {isAdding && <AddUserDialog onClose={() => setAdding(false)} />}
      {task?.task === 'change' && <ChangeUserDialog user={task.user} onClose={close} />}
      {task?.task === 'password' && <ResetPasswordDialog user={task.user} onClose={close} />}
      {task?.task === 'link' && <SignInLinkDialog user={task.user} onClose={close} />}
      {task?.task === 'totp' && <ResetTotpDialog user={task.user} onClose={close} />}
      {task?.task === 'sign-out' && <SignOutDialog user={task.user} onClose={close} />}
      {task?.task === 'disable' && <EnableDialog user={task.user} isDisabling onClose={close} />}
      {task?.task === 'enable' && <EnableDialog user={task.user} isDisabling={false} onClose={close} />}
    </Panel>
  )
}

function UserRow({ user, isOwn, onTask }: { user: User; isOwn: boolean; onTask: (task: UserTask) => void }) {
  return (
    <tr className={user.isDisabled ? 'text-ink-muted' : undefined}>
      <Cell>
        <span className="flex flex-wrap items-center gap-x-2">
          <bdi className="font-medium">{user.name}</bdi>
          {isOwn && <span className="text-ink-muted text-[13px]">you</span>}
          {user.signsInBy === 'openid' && <Badge tone="neutral">OpenID</Badge>}
          {user.isDisabled && <Badge tone="unknown">Disabled</Badge>}
        </span>
        <span className="text-ink-muted block text-[13px]">{user.email}</span>
      </Cell>
      <Cell>
        {accessText(user.access)}
        {user.groupIds.length > 0 && (
          <span className="text-ink-muted block text-[13px]">
            and that of {formatNoun(user.groupIds.length, 'group')}
          </span>
        )}
      </Cell>
      <Cell className="max-sm:hidden">
        <RelativeTime at={user.lastSignInAt} />
      </Cell>
      <Cell className="whitespace-nowrap max-sm:hidden" title={formatFullInstant(user.createdAt)}>
        {formatInstant(user.createdAt)}
      </Cell>
      <Cell className="text-right">
        <UserMenu user={user} isOwn={isOwn} onTask={onTask} />
      </Cell>
    </tr>
  )
}

function EnableDialog({
  user,
  isDisabling,
  onClose,
}: {
  user: User
  isDisabling: boolean
  onClose: () => void
}) {
  const update = useUpdateUser(user.id)
  return (
    <ConfirmDialog
      title={isDisabling ? `Disable ${user.name}?` : `Enable ${user.name}?`}
      confirmLabel={isDisabling ? 'Disable' : 'Enable'}
      isDangerous={isDisabling}
      isPending={update.isPending}
      error={update.error}
      onClose={onClose}
      onConfirm={() =>
        update.mutate(
          { isDisabled: isDisabling },
          {
            onSuccess: () => {
              toast('ok', `${user.name} ${isDisabling ? 'can no longer sign in' : 'can sign in again'}`)
              onClose()
            },
          },
        )
      }
    >
      <p>
        {isDisabling
          ? `${user.email} can no longer sign in and open sessions end. The account can be enabled again.`
          : `${user.email} can sign in again, as before.`}
      </p>
    </ConfirmDialog>
  )
}

function SignOutDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const end = useEndSessions(user.id)
  return (
    <ConfirmDialog
      title={`Sign ${user.name} out everywhere?`}
      confirmLabel="Sign out"
      isDangerous
      isPending={end.isPending}
      error={end.error}
      onClose={onClose}
      onConfirm={() =>
        end.mutate(undefined, {
          onSuccess: (ended) => {
            toast(
              'ok',
              ended === 0
                ? `${user.name} was signed in nowhere`
                : `${formatNoun(ended, 'session')} of ${user.name} ended`,
            )
            onClose()
          },
        })
      }
    >
      <p>All open pages of {user.email} end at once; they can sign in again.</p>
    </ConfirmDialog>
  )
}
