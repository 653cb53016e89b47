import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { cn } from '@/lib/cn'

export type MenuItem =
  | {
      label: string
      icon?: ReactNode
      onSelect: () => void
      isDangerous?: boolean
      isDisabled?: boolean
      /** Why it is disabled, or what it does. */
      hint?: string
    }
  | 'separator'

/** A menu behind a button. `trigger` must be one element that takes a ref (a Button). */
export function Menu({ trigger, items, label }: { trigger: ReactNode; items: MenuItem[]; label?: string }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="border-line bg-raised shadow-pop z-40 max-h-[70dvh] min-w-48 overflow-y-auto rounded-lg border p-1"
        >
          {items.map((item, index) =>
            item === 'separator' ? (
              <DropdownMenu.Separator key={`separator-${index}`} className="bg-line my-1 h-px" />
            ) : (
              <DropdownMenu.Item
                key={item.label}
                disabled={item.isDisabled ?? false}
                onSelect={item.onSelect}
                className={cn(
                  'data-[highlighted]:bg-sunken flex cursor-pointer items-center gap-2 rounded-md px-2.5 py-1.5 outline-none data-[disabled]:cursor-not-allowed data-[disabled]:opacity-55 [&_svg]:size-4',
                  item.isDangerous === true && 'text-critical',
                )}
              >
                {item.icon}
                <span>
                  {item.label}
                  {item.hint !== undefined && (
                    <span className="text-ink-muted block text-xs">{item.hint}</span>
                  )}
                </span>
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
