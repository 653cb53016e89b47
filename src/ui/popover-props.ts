import type { ReactNode } from 'react'
import type { Trigger } from './hanging'

export type PopoverPanelProps = {
  /** One element that takes a ref and the attributes of a button. */
  trigger: Trigger
  label: string
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
  children: ReactNode
  /** Which edge of the button it keeps to. */
  align?: 'start' | 'end'
  /** Its size and layout, where the usual ones do not fit. */
  className?: string
}
