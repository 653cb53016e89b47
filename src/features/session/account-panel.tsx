import { LogOut } from 'lucide-react'
import { useNavigate } from 'react-router'
import { accessText } from '@/domain/access-words'
import { roleWords } from '@/domain/role-words'
import { formatFullInstant } from '@/lib/time'
import { Button } from '@/ui/button'
import { FactList } from '@/ui/fact-list'
import { Panel } from '@/ui/panel'
import { toastFailure } from '@/ui/toast.store'
import { ChangePasswordForm } from './change-password-form'
import { useSignOut } from './session.mutations'
import { useMe } from './use-me'

/** Who is signed in, with what rights; the own password; the way out. */
export function AccountPanel() {
  const me = useMe()
  const navigate = useNavigate()
  const signOut = useSignOut()
  if (!me) return null
  const { access, signsInBy } = me.user
  const isOwn = signsInBy === 'password'
  const may = access.everywhere === null ? '' : `: may ${roleWords[access.everywhere].may}`
  const leave = (
    <Button
      icon={<LogOut className="size-4" aria-hidden />}
      isPending={signOut.isPending}
      onClick={() =>
        signOut.mutate(undefined, {
          onSuccess: () => void navigate('/sign-in'),
          onError: (error) => toastFailure('Signing out failed. ', error),
        })
      }
    >
      Sign out
    </Button>
  )
  return (
    <>
      <Panel title="Your account" actions={leave}>
        <FactList
          facts={[
            { name: 'Name', value: <bdi>{me.user.name}</bdi> },
            { name: 'E-mail', value: me.user.email },
            { name: 'Role', value: `${accessText(access)}${may}` },
            ...(isOwn
              ? []
              : [{ name: 'Signs in', value: 'at the OpenID provider, which says name and role' }]),
            { name: 'Signed in until', value: formatFullInstant(me.expiresAt) },
          ]}
        />
      </Panel>
      {isOwn && (
        <Panel title="Password" hint="Changing it ends your sessions in other browsers.">
          <ChangePasswordForm email={me.user.email} />
        </Panel>
      )}
    </>
  )
}
