import { useEffect, useRef } from 'react'
import { NavLink, useLocation } from 'react-router'
import { cn } from '@/lib/cn'

/** Tabs that are links: each has an address of its own. */
export function LinkTabs(props: { label: string; tabs: { to: string; label: string; isExact?: boolean }[] }) {
  const ref = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    // On a narrow screen the tab in use may be out of sight.
    ref.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [pathname])
  return (
    <nav ref={ref} aria-label={props.label} className="border-line relative mb-4 overflow-x-auto border-b">
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
