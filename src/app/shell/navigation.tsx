import {
  Boxes,
  Cpu,
  History,
  ListChecks,
  Package,
  ScrollText,
  Send,
  Settings,
  type LucideIcon,
} from 'lucide-react'
import { NavLink } from 'react-router'
import type { Role } from '#contract/session'
import { cn } from '@/lib/cn'
import { useNeedsActionCount } from '@/features/notifications/use-inbox'
import { formatNoun } from '@/lib/format'
import { useMay } from '@/lib/permission'
import { CountBadge } from '@/ui/count-badge'
import { preparePage } from '../lazy-pages'

export const destinations: { to: string; label: string; icon: LucideIcon; needs: Role }[] = [
  { to: '/fleets', label: 'Fleets', icon: Boxes, needs: 'viewer' },
  { to: '/devices', label: 'Devices', icon: Cpu, needs: 'viewer' },
  { to: '/actions', label: 'Actions', icon: ListChecks, needs: 'viewer' },
  { to: '/releases', label: 'Releases', icon: Package, needs: 'viewer' },
  { to: '/rollouts', label: 'Rollouts', icon: Send, needs: 'viewer' },
  { to: '/logs', label: 'Logs', icon: ScrollText, needs: 'viewer' },
  { to: '/audit', label: 'Audit log', icon: History, needs: 'release-manager' },
  { to: '/settings', label: 'Settings', icon: Settings, needs: 'viewer' },
]

/** How many rollouts stand still until somebody decides. */
function RolloutsWaiting() {
  const count = useNeedsActionCount()
  const label = `${formatNoun(count, 'rollout')} ${count === 1 ? 'waits' : 'wait'} for a decision`
  return <CountBadge count={count} label={label} className="ml-auto" />
}

function Destination({
  to,
  label,
  icon: Icon,
  needs,
  onGo,
}: (typeof destinations)[number] & { onGo: () => void }) {
  const prepare = () => preparePage(to)
  if (!useMay(needs)) return null
  return (
    <li>
      <NavLink
        to={to}
        onClick={onGo}
        onPointerEnter={prepare}
        onFocus={prepare}
        className={({ isActive }) =>
          cn(
            'flex items-center gap-2.5 rounded-md px-2.5 py-2 font-medium',
            isActive ? 'bg-accent-soft text-accent-ink' : 'text-ink-soft hover:bg-sunken hover:text-ink',
          )
        }
      >
        <Icon className="size-[18px]" aria-hidden />
        {label}
        {to === '/rollouts' && <RolloutsWaiting />}
      </NavLink>
    </li>
  )
}

export function Navigation({ onGo = () => undefined }: { onGo?: () => void }) {
  return (
    <nav aria-label="Main">
      <ul className="space-y-0.5">
        {destinations.map((destination) => (
          <Destination key={destination.to} {...destination} onGo={onGo} />
        ))}
      </ul>
    </nav>
  )
}
