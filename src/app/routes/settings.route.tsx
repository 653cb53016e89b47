import { Navigate, useParams } from 'react-router'
import { ApiTokenList } from '@/features/api-tokens/api-token-list'
import { AccountPanel } from '@/features/session/account-panel'
import { useMe } from '@/features/session/use-me'
import { SystemPanel } from '@/features/system/system-panel'
import { UserList } from '@/features/users/user-list'
import { useMay } from '@/lib/permission'
import { LinkTabs } from '@/ui/link-tabs'
import { NotAllowed } from '@/ui/not-allowed'
import { PageHeader } from '@/ui/page-header'
import { ThemePanel } from '../shell/theme-panel'

const tabs = [
  { to: '/settings/account', label: 'Your account' },
  { to: '/settings/users', label: 'Users' },
  { to: '/settings/api-tokens', label: 'API tokens' },
  { to: '/settings/system', label: 'System' },
]

export function Component() {
  const { tab } = useParams()
  const isAdmin = useMay('admin')
  const me = useMe()
  if (!tabs.some(({ to }) => to === `/settings/${tab}`)) return <Navigate to="/settings/account" replace />
  const isForAdmins = tab === 'users' || tab === 'api-tokens'
  return (
    <>
      <PageHeader title="Settings" />
      <LinkTabs label="Settings" tabs={tabs} />
      <div className="max-w-5xl space-y-4">
        {isForAdmins && !isAdmin && (
          <NotAllowed
            title={
              tab === 'users' ? 'Only administrators see accounts' : 'Only administrators see API tokens'
            }
          >
            Ask an administrator of this gateway when you need another role
            {tab === 'users' ? ' or an account for somebody.' : ' or a token for a script.'}
          </NotAllowed>
        )}
        {tab === 'account' && (
          <>
            <AccountPanel />
            <ThemePanel />
          </>
        )}
        {tab === 'users' && isAdmin && me && <UserList ownId={me.user.id} />}
        {tab === 'api-tokens' && isAdmin && <ApiTokenList />}
        {tab === 'system' && <SystemPanel />}
      </div>
    </>
  )
}
