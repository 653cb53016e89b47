import { useEffectEvent, useLayoutEffect } from 'react'

/**
 * Keys pressed anywhere on the page. They are heard from the moment that what wants them stands on screen: a listener that
 * came with an effect after the paint would miss a key that is pressed at once, on a machine that has much to do.
 */
export function useDocumentKeys(onKeyDown: (event: KeyboardEvent) => void): void {
  const press = useEffectEvent(onKeyDown)
  useLayoutEffect(() => {
    const listener = (event: KeyboardEvent) => press(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
}
