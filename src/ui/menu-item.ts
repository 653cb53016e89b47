import type { ReactNode } from 'react'
import type { Trigger } from './hanging'

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

/** `trigger` must be one element that takes a ref and the attributes of a button (a Button). */
export type MenuProps = { trigger: Trigger; items: MenuItem[]; label?: string }
