import { useState } from 'react'
import { createPart, usePart } from '@/lib/part'
import { PART_MISSING, TriggerInWaiting } from './hanging'
import type { MenuProps } from './menu-item'
import { toast } from './toast.store'

export const menuPart = createPart(() => import('./menu-list'))

/** A menu behind a button; its code is fetched when it is first needed. */
export function Menu(props: MenuProps) {
  const [isWanted, setWanted] = useState(false)
  const list = usePart(menuPart, isWanted, () => {
    setWanted(false)
    toast('critical', PART_MISSING)
  })
  if (list) return <list.MenuList {...props} isOpenAtFirst={isWanted} />
  return (
    <TriggerInWaiting
      trigger={props.trigger}
      part={menuPart}
      opens="menu"
      isWanted={isWanted}
      onWant={() => setWanted(true)}
    />
  )
}
