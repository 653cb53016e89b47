import { X } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { IconButton } from './icon-button'
import { Modal } from './modal'

type DialogProps = {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons at the foot, the main one last. */
  footer?: ReactNode
  size?: 'md' | 'lg'
}

/** A modal dialog with title, body and buttons. Mounted means open. */
export function Dialog({ title, onClose, children, footer, size = 'md' }: DialogProps) {
  const titleId = useId()
  return (
    <Modal
      name={{ labelledBy: titleId }}
      onClose={onClose}
      className={cn(
        'm-auto max-h-[90dvh] w-[calc(100vw-2rem)] rounded-xl border',
        size === 'lg' ? 'max-w-3xl' : 'max-w-lg',
      )}
    >
      <div className="flex max-h-[90dvh] flex-col">
        <header className="border-line flex items-center gap-2 border-b py-2 pr-2 pl-4">
          <h2 id={titleId} className="min-w-0 flex-1 text-base font-semibold break-words">
            {title}
          </h2>
          <IconButton label="Close" icon={<X />} onClick={onClose} />
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
        {footer !== undefined && (
          <footer className="border-line flex flex-wrap justify-end gap-2 border-t px-4 py-3">
            {footer}
          </footer>
        )}
      </div>
    </Modal>
  )
}
