import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { bulkNeeds, type BulkKind } from '#contract/ability-needs'
import type { DeviceSelection } from '#contract/device'
import { roleAllows } from '#contract/role'
import { formatCount, formatNoun } from '@/lib/format'
import { useRole } from '@/lib/permission'
import { useSource, whyMissing } from '@/lib/source'
import { Button } from '@/ui/button'
import { Menu } from '@/ui/menu'
import type { MenuItem } from '@/ui/menu-item'
import { BulkDialog } from './bulk-dialog'
import { bulkItems } from './bulk-operations'
import { clearSelection, selectAllMatching } from './selection.store'

type BulkBarProps = {
  selection: DeviceSelection
  count: number
  /** How many match the filter in all. */
  total: number
  fleetId: number | undefined
}

/** What can be done with the selected devices. */
export function BulkBar({ selection, count, total, fleetId }: BulkBarProps) {
  const [asked, setAsked] = useState<BulkKind | null>(null)
  const role = useRole()
  const source = useSource()
  const items: MenuItem[] = bulkItems.flatMap((item, index): MenuItem[] => {
    const hint = roleAllows(role, item.needs)
      ? whyMissing(source, bulkNeeds(item.kind))
      : `Needs the role ${item.needs}`
    const entry: MenuItem = {
      label: item.label,
      onSelect: () => setAsked(item.kind),
      isDangerous: item.isDangerous ?? false,
      isDisabled: hint !== null,
      ...(hint === null ? {} : { hint }),
    }
    const before = bulkItems[index - 1]
    const isNewGroup = before !== undefined && groupOf(before.kind) !== groupOf(item.kind)
    return isNewGroup ? ['separator', entry] : [entry]
  })
  return (
    <div
      role="group"
      aria-label="Selected devices"
      className="flex min-w-0 flex-1 flex-wrap items-center gap-2"
    >
      <span className="font-medium tabular-nums" role="status">
        {formatNoun(count, 'device')} selected
      </span>
      {selection.kind === 'uuids' && count < total && (
        <Button variant="ghost" size="sm" onClick={selectAllMatching}>
          Select all {formatCount(total)} that match
        </Button>
      )}
      <Button variant="ghost" size="sm" onClick={clearSelection}>
        Clear selection
      </Button>
      <Menu
        label="Actions on the selected devices"
        items={items}
        trigger={
          <Button variant="primary" size="sm">
            Actions
            <ChevronDown className="size-4" aria-hidden />
          </Button>
        }
      />
      {asked !== null && (
        <BulkDialog
          kind={asked}
          selection={selection}
          fleetId={fleetId}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null)
            clearSelection()
          }}
        />
      )}
    </div>
  )
}

function groupOf(kind: BulkKind): 'target' | 'tags' | 'action' | 'danger' {
  switch (kind) {
    case 'pin':
    case 'unpin':
    case 'move':
      return 'target'
    case 'tag':
    case 'untag':
      return 'tags'
    case 'reboot':
    case 'shutdown':
    case 'purge':
      return 'danger'
    default:
      return 'action'
  }
}
