import { CirclePower, Download, Lightbulb, Power, RotateCw, Trash } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ActionKind } from '#contract/device'
import { actionWords } from '@/domain/device-words'
import { useMay } from '@/lib/permission'
import type { MenuItem } from '@/ui/menu'
import { actionManners } from './action-words'

const offered: readonly (readonly [ActionKind, ReactNode] | 'separator')[] = [
  ['restart-application', <RotateCw key="icon" aria-hidden />],
  ['update-now', <Download key="icon" aria-hidden />],
  ['identify', <Lightbulb key="icon" aria-hidden />],
  'separator',
  ['reboot', <CirclePower key="icon" aria-hidden />],
  ['shutdown', <Power key="icon" aria-hidden />],
  ['purge', <Trash key="icon" aria-hidden />],
]

/** What can be asked of a whole device, as entries of a menu. */
export function useActionItems(ask: (kind: ActionKind) => void): MenuItem[] {
  const mayAct = useMay('support')
  return offered.map((entry): MenuItem => {
    if (entry === 'separator') return entry
    const [kind, icon] = entry
    const { isConfirmed, isDangerous } = actionManners[kind]
    return {
      label: `${actionWords[kind]}${isConfirmed ? '…' : ''}`,
      icon,
      onSelect: () => ask(kind),
      isDangerous,
      isDisabled: !mayAct,
      ...(mayAct ? {} : { hint: 'Needs the role support' }),
    }
  })
}
