import { Command } from 'cmdk'
import type { ReactNode } from 'react'

type PaletteEntryProps = {
  /** What typing is matched against; must be unique. */
  value: string
  keywords?: string[]
  icon?: ReactNode
  hint?: ReactNode
  onSelect: () => void
  children: ReactNode
}

export function PaletteEntry({ value, keywords = [], icon, hint, onSelect, children }: PaletteEntryProps) {
  return (
    <Command.Item
      value={value}
      keywords={keywords}
      onSelect={onSelect}
      className="data-[selected=true]:bg-accent-soft [&>svg]:text-ink-muted flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 [&>svg]:size-4 [&>svg]:shrink-0"
    >
      {icon}
      {icon === undefined ? children : <span className="min-w-0 flex-1 truncate">{children}</span>}
      {hint !== undefined && <span className="text-ink-muted max-w-[45%] truncate text-[13px]">{hint}</span>}
    </Command.Item>
  )
}

export function PaletteGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:text-ink-muted [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium"
    >
      {children}
    </Command.Group>
  )
}
