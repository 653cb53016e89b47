import { useSyncExternalStore } from 'react'

const narrow = window.matchMedia('(max-width: 639px)')

function subscribe(listener: () => void): () => void {
  narrow.addEventListener('change', listener)
  return () => narrow.removeEventListener('change', listener)
}

/** Whether the window is as narrow as a phone's, where tables become cards. */
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches)
