import { Popover } from 'radix-ui'
import { cn } from '@/lib/cn'
import type { PopoverPanelProps } from './popover-props'

/** The panel itself, apart from its button's first drawing: see `PopoverPanel`. */
export function PopoverContent(props: PopoverPanelProps) {
  const { trigger, label, isOpen, onOpenChange, children, align = 'end', className } = props
  return (
    <Popover.Root open={isOpen} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align={align}
          sideOffset={align === 'end' ? 6 : 4}
          collisionPadding={8}
          aria-label={label}
          className={cn(
            'border-line bg-raised shadow-pop z-40 rounded-lg border',
            className ?? 'flex max-h-[min(36rem,80dvh)] w-[min(26rem,calc(100vw-1rem))] flex-col',
          )}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
