import { DropdownMenu } from 'radix-ui'
import { cn } from '@/lib/cn'
import type { MenuProps } from './menu-item'

/** The menu itself, apart from its button's first drawing: see `Menu`. */
export function MenuList({ trigger, items, label, isOpenAtFirst }: MenuProps & { isOpenAtFirst: boolean }) {
  const isIdle = items.every((item) => item === 'separator' || item.isDisabled === true)
  return (
    <DropdownMenu.Root modal={false} defaultOpen={isOpenAtFirst}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          // With nothing in it to focus it must be reached itself, to be scrolled by keyboard.
          {...(isIdle ? { tabIndex: 0 } : {})}
          className="border-line bg-raised shadow-pop z-40 max-h-[70dvh] max-w-[min(24rem,calc(100vw-1rem))] min-w-48 overflow-y-auto rounded-lg border p-1"
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
                  'data-[highlighted]:bg-sunken flex cursor-pointer items-center gap-2 rounded-md px-2.5 py-1.5 outline-none data-[disabled]:cursor-not-allowed data-[disabled]:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
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
