import { useEffect, useRef, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

const FIRST_FIELD = 'input:not([type="hidden"]):enabled, select:enabled, textarea:enabled'

type ModalProps = {
  /** Its accessible name: a text, or the id of the element that holds it. */
  name: { label: string } | { labelledBy: string }
  onClose: () => void
  className?: string
  children: ReactNode
}

/**
 * What every modal stands on: the browser's own `<dialog>`. The first field has the focus, which is kept inside; Escape and a click beside it close,
 * focus returns on close. Mounted means open.
 */
export function Modal({ name, onClose, className, children }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    if (dialog && !dialog.open) dialog.showModal()
    // By itself the browser would take the first thing that can be focused: mostly the button that closes.
    dialog?.querySelector<HTMLElement>(FIRST_FIELD)?.focus()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    // A click on the backdrop is a click on the dialog itself; the keyboard's way out is Escape.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={ref}
      {...('label' in name ? { 'aria-label': name.label } : { 'aria-labelledby': name.labelledBy })}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className={cn('border-line bg-raised text-ink shadow-pop p-0 backdrop:bg-black/45', className)}
    >
      {children}
    </dialog>
  )
}
