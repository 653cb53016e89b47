import { X } from 'lucide-react'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { cn } from '@/lib/cn'
import { IconButton } from './icon-button'

type DialogProps = {
  title: string
  onClose: () => void
  children: ReactNode
  /** Buttons at the foot, the main one last. */
  footer?: ReactNode
  size?: 'md' | 'lg'
}

/**
 * A modal dialog on the browser's own `<dialog>`: focus is kept inside, Escape closes, focus returns on close. Mounted
 * means open.
 */
export function Dialog({ title, onClose, children, footer, size = 'md' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    if (dialog && !dialog.open) dialog.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    // A click on the backdrop is a click on the dialog itself; the keyboard's way out is Escape.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className={cn(
        'border-line bg-raised text-ink shadow-pop m-auto max-h-[90dvh] w-[calc(100vw-2rem)] rounded-xl border p-0 backdrop:bg-black/45',
        size === 'lg' ? 'max-w-3xl' : 'max-w-lg',
      )}
    >
      <div className="flex max-h-[90dvh] flex-col">
        <header className="border-line flex items-center gap-2 border-b py-2 pr-2 pl-4">
          <h2 id={titleId} className="flex-1 text-base font-semibold">
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
    </dialog>
  )
}
