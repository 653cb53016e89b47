import type { QueryClient } from '@tanstack/react-query'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { sessionQueries } from '@/features/session/session.queries'

/** The router, as far as it is looked at: it knows the pages, and a page may ask early itself. */
type Routed = {
  state: { initialized: boolean }
  subscribe: (see: (state: { initialized: boolean }) => void) => () => void
}

/** Longer than this nobody looks at an empty page; then it says what it waits for. */
const LONGEST_WAIT_MS = 300
const signedOut = /^\/(sign-in|setup|link)$/
const firstPage = /^\/(fleets)?$/

/** Resolves when something is done, has failed or takes longer than is worth waiting for. */
export async function soon(something: Promise<unknown>): Promise<void> {
  const settled = something.then(
    () => undefined,
    () => undefined,
  )
  await Promise.race([settled, new Promise<void>((resolve) => setTimeout(resolve, LONGEST_WAIT_MS))])
}

/** The code of the page at this address is here, and what its loader waits for. */
const whenRouted = (to: Routed) =>
  new Promise<void>((resolve) => {
    if (to.state.initialized) return resolve()
    const stop = to.subscribe(({ initialized }) => {
      if (!initialized) return
      stop()
      resolve()
    })
  })

/**
 * Asks for what a page shows first, before any of it is drawn, and resolves when that is here or takes longer: so the first
 * page is drawn once, with its data, instead of empty, framed and filled. The answers are mostly here by then, for the
 * gateway names the calls with the page (`server/platform/page-hints.ts`). A failure shows where the data is used.
 */
export async function askEarly(client: QueryClient, to: Routed): Promise<void> {
  const { pathname } = location
  if (signedOut.test(pathname)) return
  const fleets = firstPage.test(pathname) ? client.query(fleetQueries.list().options) : undefined
  await soon(Promise.all([client.query(sessionQueries.me()), fleets, whenRouted(to)]))
}
