import {
  Ellipsis,
  KeyRound,
  Link as LinkIcon,
  LogOut,
  Pencil,
  ShieldOff,
  UserCheck,
  UserX,
} from 'lucide-react'
import type { User } from '#contract/session'
import { IconButton } from '@/ui/icon-button'
import { Menu } from '@/ui/menu'

/** What can be done with an account. */
export type UserTask = 'change' | 'password' | 'link' | 'totp' | 'sign-out' | 'disable' | 'enable'

type Props = { user: User; isOwn: boolean; onTask: (task: UserTask) => void }

/** Why an item cannot be chosen; nothing where it can. */
const unless = (reason: string | null) => (reason === null ? {} : { isDisabled: true, hint: reason })

/** What an administrator may do with an account; what the OpenID provider says is changed there. */
export function UserMenu({ user, isOwn, onTask }: Props) {
  const isForeign = user.signsInBy === 'openid'
  const foreign = isForeign ? 'That is changed at the OpenID provider' : null
  return (
    <Menu
      label={`What to do with ${user.email}`}
      trigger={<IconButton label={`Actions for ${user.email}`} icon={<Ellipsis />} />}
      items={[
        {
          label: 'Change name or roles',
          icon: <Pencil />,
          onSelect: () => onTask('change'),
          ...unless(foreign),
        },
        {
          label: 'Set a new password',
          icon: <KeyRound />,
          onSelect: () => onTask('password'),
          ...unless(foreign),
        },
        {
          label: 'Make a sign-in link',
          icon: <LinkIcon />,
          onSelect: () => onTask('link'),
          ...unless(
            isForeign
              ? 'They sign in at the OpenID provider'
              : user.isDisabled
                ? 'The account is disabled'
                : null,
          ),
        },
        {
          label: 'Reset the second step',
          icon: <ShieldOff />,
          onSelect: () => onTask('totp'),
          ...unless(
            user.hasTotp
              ? isOwn
                ? 'Switch yours off under your account'
                : null
              : 'They are asked for no code',
          ),
        },
        { label: 'Sign out everywhere', icon: <LogOut />, onSelect: () => onTask('sign-out') },
        'separator',
        user.isDisabled
          ? { label: 'Enable', icon: <UserCheck />, onSelect: () => onTask('enable') }
          : {
              label: 'Disable',
              icon: <UserX />,
              isDangerous: true,
              onSelect: () => onTask('disable'),
              ...unless(isOwn ? 'You cannot disable yourself' : null),
            },
      ]}
    />
  )
}
