import type { QueryClient } from '@tanstack/react-query'
import { fleetQueries } from '@/features/fleets/fleets.queries'
import { sessionQueries } from '@/features/session/session.queries'

/** Longer than this nobody looks at an empty page; then it says what it waits for. */
const LONGEST_WAIT_MS = 300
const signedOut = /^\/(sign-in|setup|link)$/
const firstPage = /^\/(fleets)?$/

/**
 * Asks for what a page shows first, before any of it is drawn, and resolves when that is here or takes longer: so the first
 * page is drawn once, with its data, instead of empty, framed and filled. The answers are mostly here by then, for the
 * gateway names both calls with the page (`server/platform/page-hints.ts`). A failure shows where the data is used.
 */
export async function askEarly(client: QueryClient): Promise<void> {
  const { pathname } = location
  if (signedOut.test(pathname)) return
  const answers = Promise.all([
    client.query(sessionQueries.me()),
    firstPage.test(pathname) ? client.query(fleetQueries.list().options) : undefined,
  ]).catch(() => undefined)
  await Promise.race([answers, new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT_MS))])
}
