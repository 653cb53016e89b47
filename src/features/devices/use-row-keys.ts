import { useCallback, useRef, type RefObject } from 'react'
import { useDocumentKeys } from '@/lib/use-document-keys'

type RowKeys = {
  box: RefObject<HTMLElement | null>
  count: number
  scrollTo: (index: number) => void
  toggle: (index: number) => void
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches('textarea, select, input:not([type=checkbox])') ||
    target.closest('dialog, [role=menu], [role=dialog]') !== null)

/**
 * j and k go through the rows by moving the focus (so Enter opens by itself), x selects the row. Answers the function
 * that notes which row was reached by other means.
 */
export function useRowKeys({ box, count, scrollTo, toggle }: RowKeys): (index: number) => void {
  const active = useRef<number | null>(null)
  const focusRow = (index: number) => {
    scrollTo(index)
    // The row may be drawn only after the scroll.
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLElement>(`[data-row-link="${index}"]`)?.focus({ preventScroll: true }),
    )
  }
  useDocumentKeys((event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (document.querySelector('dialog[open]') !== null || count === 0) return
    if (event.key === 'j' || event.key === 'k') {
      const from = active.current
      const next = from === null ? 0 : from + (event.key === 'j' ? 1 : -1)
      active.current = Math.min(count - 1, Math.max(0, next))
      event.preventDefault()
      focusRow(active.current)
    } else if (event.key === 'x' && active.current !== null) {
      event.preventDefault()
      toggle(active.current)
    }
  })
  return useCallback((index: number) => {
    active.current = index
  }, [])
}
