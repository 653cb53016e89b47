import { useState, type ReactNode } from 'react'
import type { DeviceDetail } from '#contract/device'
import type { ActionKind } from '#contract/device-action'
import { toast, toastFailure } from '@/ui/toast.store'
import { ActionDialog } from './action-dialog'
import { actionManners, actionTitle } from './action-words'
import { useAskAction, type ActionAsk } from './actions.queries'

/**
 * Asks a device for an action: at once where nothing is lost by it, else through a dialog. `dialog` belongs somewhere on
 * the page.
 */
export function useAction(device: DeviceDetail): {
  ask: (kind: ActionKind, serviceName?: string) => void
  dialog: ReactNode
} {
  const [asked, setAsked] = useState<Pick<ActionAsk, 'kind' | 'serviceName'> | null>(null)
  const request = useAskAction(device.uuid)
  const ask = (kind: ActionKind, serviceName?: string) => {
    const wanted = serviceName === undefined ? { kind } : { kind, serviceName }
    if (actionManners[kind].isConfirmed) {
      setAsked(wanted)
      return
    }
    const title = actionTitle(kind, serviceName)
    request.mutate(
      { ...wanted, force: false },
      {
        onSuccess: () => toast('ok', `${title}: asked of ${device.name}`),
        onError: (error) => toastFailure(`${title}: `, error),
      },
    )
  }
  return {
    ask,
    dialog: asked && <ActionDialog device={device} ask={asked} onClose={() => setAsked(null)} />,
  }
}
