import { createPart, usePart } from '@/lib/part'
import { PART_MISSING, TriggerInWaiting } from './hanging'
import type { PopoverPanelProps } from './popover-props'
import { toast } from './toast.store'

export const popoverPart = createPart(() => import('./popover-content'))

/**
 * A panel that hangs from a button: Escape or a press beside it closes it, and the focus goes back. Its code is
 * fetched when it is first needed.
 */
export function PopoverPanel(props: PopoverPanelProps) {
  const { isOpen, onOpenChange } = props
  const hanging = usePart(popoverPart, isOpen, () => {
    onOpenChange(false)
    toast('critical', PART_MISSING)
  })
  if (hanging) return <hanging.PopoverContent {...props} />
  return (
    <TriggerInWaiting
      trigger={props.trigger}
      part={popoverPart}
      opens="dialog"
      isWanted={isOpen}
      onWant={() => onOpenChange(true)}
    />
  )
}
