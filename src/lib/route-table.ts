import type { Route } from '#contract/route'
import type { RouteName } from '#contract/routes'

/** What a call needs to know of a route before it has an answer. */
type RouteLine = {
  /** Without what all begin with (`API_ROOT`). */
  path: Route['path']
  /** Absent: GET. */
  method?: Route['method']
  /** Nobody has to be signed in. */
  isPublic?: true
  /** A success says nothing more than that. */
  isSilent?: true
}

/** Read off `contract/routes.ts` by the build (vite.config.ts). */
declare const __ROUTE_TABLE__: Readonly<Record<RouteName, RouteLine>>

/** Every route of the contract without its schemas, which would make up a fifth of the page's first load. */
export const routeTable = __ROUTE_TABLE__
