import { NavLink } from 'react-router'
import { cn } from '@/lib/cn'

/** Tabs that are links: each has an address of its own. */
export function LinkTabs(props: { label: string; tabs: { to: string; label: string; isExact?: boolean }[] }) {
  return (
    <nav aria-label={props.label} className="border-line mb-4 overflow-x-auto border-b">
      <ul className="flex gap-1">
        {props.tabs.map((tab) => (
          <li key={tab.to}>
            <NavLink
              to={tab.to}
              end={tab.isExact ?? false}
              className={({ isActive }) =>
                cn(
                  '-mb-px block border-b-2 px-3 py-2 font-medium whitespace-nowrap',
                  isActive
                    ? 'border-accent text-accent-ink'
                    : 'text-ink-muted hover:text-ink border-transparent',
                )
              }
            >
              {tab.label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}
