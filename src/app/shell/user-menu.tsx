import { CircleUser, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react'
import { useNavigate } from 'react-router'
import { useSignOut } from '@/features/session/session.mutations'
import { useMe } from '@/features/session/use-me'
import { Menu } from '@/ui/menu'
import { toastFailure } from '@/ui/toast.store'
import { setTheme, useTheme } from '../theme.store'

/** Who is signed in, theme, sign out. */
export function UserMenu() {
  const me = useMe()
  const theme = useTheme((state) => state.theme)
  const navigate = useNavigate()
  const signOut = useSignOut()
  const mark = (own: typeof theme) => (own === theme ? { hint: 'in use' } : {})
  return (
    <Menu
      label="Account"
      trigger={
        <button
          type="button"
          aria-label={`Account and theme ${me?.user.name ?? ''}`}
          className="text-ink-soft hover:bg-sunken hover:text-ink flex h-9 max-w-56 items-center gap-2 rounded-md px-2"
        >
          <CircleUser className="size-5 shrink-0" aria-hidden />
          <span className="hidden truncate sm:block">{me?.user.name}</span>
        </button>
      }
      items={[
        { label: 'Light theme', icon: <Sun />, onSelect: () => setTheme('light'), ...mark('light') },
        { label: 'Dark theme', icon: <Moon />, onSelect: () => setTheme('dark'), ...mark('dark') },
        { label: 'As the system', icon: <Monitor />, onSelect: () => setTheme('system'), ...mark('system') },
        'separator',
        { label: 'Settings', icon: <Settings />, onSelect: () => void navigate('/settings') },
        {
          label: 'Sign out',
          icon: <LogOut />,
          onSelect: () =>
            signOut.mutate(undefined, {
              onSuccess: () => void navigate('/sign-in'),
              onError: (error) => toastFailure('Signing out failed. ', error),
            }),
        },
      ]}
    />
  )
}
