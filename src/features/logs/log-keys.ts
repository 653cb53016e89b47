import { useDocumentKeys } from '@/lib/use-document-keys'

const OWN_KEYS =
  'input, textarea, select, button, a, dialog, [role="checkbox"], [role="slider"], [role^="menu"]'

/** Whether a key press is meant for something else: a control that has the focus, or a shortcut of the browser. */
export function takesKeys(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return true
  return event.target instanceof Element && event.target.closest(OWN_KEYS) !== null
}

/** Space pauses and follows, End follows. */
export function useLogKeys(onToggle: () => void, onEnd: () => void): void {
  useDocumentKeys((event) => {
    if (takesKeys(event) || (event.key !== ' ' && event.key !== 'End')) return
    event.preventDefault()
    if (event.key === ' ') onToggle()
    else onEnd()
  })
}
