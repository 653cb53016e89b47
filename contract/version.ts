/** Put in by the builds of page and gateway; not there when either runs from its sources. */
declare const __CONTRACT_VERSION__: string | undefined

/**
 * Names this very contract: the same text in the page and in the gateway when both were built from the same sources of it.
 * Null when run from source: then nothing is known about the other side.
 */
export const CONTRACT_VERSION: string | null =
  typeof __CONTRACT_VERSION__ === 'undefined' ? null : __CONTRACT_VERSION__

/** The header in which every answer under /api says which contract it keeps. */
export const CONTRACT_HEADER = 'x-wheelhouse-contract'
