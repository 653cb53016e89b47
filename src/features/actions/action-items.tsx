import { CirclePower, Download, Lightbulb, LockOpen, Power, RotateCw, Stethoscope, Trash } from 'lucide-react'
import { type ReactNode } from 'react'
import type { DeviceDetail } from '#contract/device'
import { actionNeeds } from '#contract/ability-needs'
import { actionRoles, type ActionKind } from '#contract/device-action'
import { roleAllows } from '#contract/role'
import { actionWords } from '@/domain/device-words'
import { useRole } from '@/lib/permission'
import { useSource, whyMissing } from '@/lib/source'
import type { MenuItem } from '@/ui/menu-item'
import { actionManners, refusalText } from './action-words'

const offered: readonly (readonly [ActionKind, ReactNode] | 'separator')[] = [
  ['restart-application', <RotateCw key="icon" aria-hidden />],
  ['update-now', <Download key="icon" aria-hidden />],
  ['identify', <Lightbulb key="icon" aria-hidden />],
  ['collect-diagnostics', <Stethoscope key="icon" aria-hidden />],
  ['override-lock', <LockOpen key="icon" aria-hidden />],
  'separator',
  ['reboot', <CirclePower key="icon" aria-hidden />],
  ['shutdown', <Power key="icon" aria-hidden />],
  ['purge', <Trash key="icon" aria-hidden />],
]

/** What can be asked of a whole device, as entries of a menu. */
export function useActionItems(
  device: Pick<DeviceDetail, 'connectivity' | 'hasActionChannel' | 'actionChannelAt' | 'isAskedBySource'>,
  ask: (kind: ActionKind) => void,
): MenuItem[] {
  const role = useRole()
  const source = useSource()
  return offered.map((entry): MenuItem => {
    if (entry === 'separator') return entry
    const [kind, icon] = entry
    const { isConfirmed, isDangerous } = actionManners[kind]
    const needed = actionRoles[kind]
    const hint = roleAllows(role, needed)
      ? (whyMissing(source, actionNeeds(kind)) ?? refusalText(kind, device))
      : `Needs the role ${needed}`
    return {
      label: `${actionWords[kind]}${isConfirmed ? '…' : ''}`,
      icon,
      onSelect: () => ask(kind),
      isDangerous,
      isDisabled: hint !== null,
      ...(hint === null ? {} : { hint }),
    }
  })
}
