import { cloneElement, type HTMLAttributes, type ReactElement } from 'react'
import { preloadPart, type Part } from '@/lib/part'

export type Trigger = ReactElement<HTMLAttributes<HTMLElement>>

type TriggerInWaitingProps = {
  trigger: Trigger
  part: Part<unknown>
  opens: 'menu' | 'dialog'
  isWanted: boolean
  onWant: () => void
}

/**
 * The button of a menu or panel whose code is not here yet: it looks and reads the same, fetches the code when the
 * pointer or the focus comes near, and opens once pressed.
 */
export function TriggerInWaiting({ trigger, part, opens, isWanted, onWant }: TriggerInWaitingProps) {
  const preload = () => preloadPart(part)
  return cloneElement(trigger, {
    'aria-haspopup': opens,
    'aria-expanded': false,
    'aria-busy': isWanted,
    onPointerEnter: preload,
    onFocus: preload,
    onClick: onWant,
    onKeyDown: (event) => {
      if (opens !== 'menu' || event.key !== 'ArrowDown') return
      event.preventDefault()
      onWant()
    },
  })
}

/** Said when the code of a menu or panel cannot be had. */
export const PART_MISSING =
  'This part of the page cannot be loaded: the app was updated. Load the page again.'
