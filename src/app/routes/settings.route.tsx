import { lazy, Suspense } from 'react'
import { Navigate, useParams } from 'react-router'
import { ApiTokenList } from '@/features/api-tokens/api-token-list'
import { AccountPanel } from '@/features/session/account-panel'
import { SessionsPanel } from '@/features/session/sessions-panel'
import { TotpPanel } from '@/features/session/totp-panel'
import { useMe } from '@/features/session/use-me'
import { SystemPanel } from '@/features/system/system-panel'
import { GroupList } from '@/features/users/group-list'
import { UserList } from '@/features/users/user-list'
import { loadPart } from '@/lib/load-part'
import { useMayEverywhere } from '@/lib/permission'
import { LinkTabs } from '@/ui/link-tabs'
import { NotAllowed } from '@/ui/not-allowed'
import { PageHeader } from '@/ui/page-header'
import { LoadingState } from '@/ui/states'
import { WebhooksTab } from './webhooks-tab'
import { ThemePanel } from '../shell/theme-panel'

const SourceSettings = lazy(() =>
  loadPart(() => import('@/features/source/source-settings')).then((module) => ({
    default: module.SourceSettings,
  })),
)

const tabs = [
  { to: '/settings/account', label: 'Your account' },
  { to: '/settings/users', label: 'Users' },
  { to: '/settings/api-tokens', label: 'API tokens' },
  { to: '/settings/webhooks', label: 'Webhooks' },
  { to: '/settings/source', label: 'Fleet source' },
  { to: '/settings/system', label: 'System' },
]

/** What only administrators see, and what they are asked for. */
const forAdmins: Record<string, { title: string; ask: string }> = {
  users: { title: 'Only administrators see accounts', ask: 'an account for somebody' },
  'api-tokens': { title: 'Only administrators see API tokens', ask: 'a token for a script' },
  webhooks: { title: 'Only administrators see webhooks', ask: 'a webhook for a program' },
}

export function Component() {
  const { tab } = useParams()
  const isAdmin = useMayEverywhere('admin')
  const me = useMe()
  if (!tabs.some(({ to }) => to === `/settings/${tab}`)) return <Navigate to="/settings/account" replace />
  const closed = isAdmin || tab === undefined ? undefined : forAdmins[tab]
  return (
    <>
      <PageHeader title="Settings" />
      <LinkTabs label="Settings" tabs={tabs} />
      <div className="max-w-5xl space-y-4">
        {closed && (
          <NotAllowed title={closed.title}>
            Ask an administrator of this gateway when you need another role or {closed.ask}.
          </NotAllowed>
        )}
        {tab === 'account' && (
          <>
            <AccountPanel />
            {me?.user.signsInBy === 'password' && <TotpPanel />}
            <SessionsPanel />
            <ThemePanel />
          </>
        )}
        {tab === 'users' && isAdmin && me && (
          <>
            <UserList ownId={me.user.id} />
            <GroupList />
          </>
        )}
        {tab === 'api-tokens' && isAdmin && <ApiTokenList />}
        {tab === 'webhooks' && isAdmin && <WebhooksTab />}
        {tab === 'source' && (
          <Suspense fallback={<LoadingState what="where fleets come from" />}>
            <SourceSettings />
          </Suspense>
        )}
        {tab === 'system' && <SystemPanel />}
      </div>
    </>
  )
}
