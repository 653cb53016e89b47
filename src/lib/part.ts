import { useEffect, useEffectEvent, useState } from 'react'
import { loadPart } from './load-part'

/** A piece of the app that is fetched when it is about to be used. */
export type Part<T> = {
  /** What was loaded, or null while it is not here yet. */
  get: () => T | null
  /** Fetches it once; rejects when it cannot be had (the app was updated meanwhile). A later call tries again. */
  load: () => Promise<T>
}

export function createPart<T>(fetchIt: () => Promise<T>): Part<T> {
  let loaded: { value: T } | null = null
  let loading: Promise<T> | null = null
  return {
    get: () => loaded?.value ?? null,
    load: () =>
      (loading ??= loadPart(fetchIt).then(
        (value) => {
          loaded = { value }
          return value
        },
        (error: unknown) => {
          loading = null
          throw error
        },
      )),
  }
}

/** Ahead of its use, so that it is there at once, and there when the gateway is not. A failure shows when it is used. */
export const preloadPart = (part: Part<unknown>) => void part.load().catch(() => undefined)

/**
 * The part once it is both wanted and here, else null. A part that was here from the start counts as wanted, so that
 * nothing is drawn twice.
 */
export function usePart<T>(part: Part<T>, isWanted: boolean, onFailed?: (error: unknown) => void): T | null {
  // In an object: what a part is may be a function (a component), which a state setter would call.
  const [held, setHeld] = useState(() => ({ value: part.get() }))
  const isMissing = held.value === null
  const failed = useEffectEvent((error: unknown) => onFailed?.(error))
  useEffect(() => {
    if (!isWanted || !isMissing) return
    let isGone = false
    part.load().then(
      (value) => {
        if (!isGone) setHeld({ value })
      },
      (error: unknown) => {
        if (!isGone) failed(error)
      },
    )
    return () => {
      isGone = true
    }
  }, [part, isWanted, isMissing])
  return held.value
}
