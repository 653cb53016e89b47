import { useEffect, useRef, type RefObject } from 'react'

const FLASH_MS = 1600
const calm = window.matchMedia('(prefers-reduced-motion: reduce)')

/** Lets an element flash once, softly, whenever `mark` changes after it was first drawn. */
export function useFlash<E extends HTMLElement>(mark: string): RefObject<E | null> {
  const ref = useRef<E>(null)
  const known = useRef(mark)
  useEffect(() => {
    if (known.current === mark) return
    known.current = mark
    const element = ref.current
    if (!element || calm.matches) return
    const { backgroundColor } = getComputedStyle(element)
    element.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor }], {
      duration: FLASH_MS,
      easing: 'ease-out',
    })
  }, [mark])
  return ref
}
