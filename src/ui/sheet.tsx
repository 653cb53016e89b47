import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from './icon-button'
import { Modal } from './modal'

type SheetProps = { label: string; heading: ReactNode; onClose: () => void; children: ReactNode }

/** A modal that comes in from the left edge and takes its whole height: navigation on a narrow screen. */
export function Sheet({ label, heading, onClose, children }: SheetProps) {
  return (
    <Modal
      name={{ label }}
      onClose={onClose}
      className="animate-sheet m-0 h-dvh max-h-none w-72 max-w-[85vw] border-r"
    >
      <div className="flex h-full flex-col gap-4 overflow-y-auto px-3 py-3">
        <div className="flex items-center justify-between gap-2 pl-2.5">
          {heading}
          <IconButton label="Close" icon={<X />} onClick={onClose} />
        </div>
        {children}
      </div>
    </Modal>
  )
}
