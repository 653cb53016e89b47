import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'

type PopoverPanelProps = {
  /** One element that takes a ref (a button). */
  trigger: ReactNode
  label: string
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  children: ReactNode
}

/** A panel that hangs from a button: Escape or a press beside it closes it, and the focus goes back. */
export function PopoverPanel({ trigger, label, isOpen, onOpenChange, children }: PopoverPanelProps) {
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          className="border-line bg-raised shadow-pop z-40 flex max-h-[min(36rem,80dvh)] w-[min(26rem,calc(100vw-1rem))] flex-col rounded-lg border"
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
