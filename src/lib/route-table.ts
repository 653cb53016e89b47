import { API_ROOT } from '#contract/api-root'
import type { RouteName } from '#contract/routes'

/** Read off `contract/routes.ts` by the build (vite.config.ts): `POST!/session`, the method only where it is not GET. */
declare const __ROUTE_TABLE__: Readonly<Record<RouteName, string>>

/**
 * What a call needs to know of a route before it has an answer. Those that the page calls are known without their schemas,
 * which would make up a fifth of its first load. `isPublic`: nobody has to be signed in.
 */
export function routeOf(name: RouteName) {
  const [, method, mark, path = ''] = /^(\w*)(!?)(.*)/.exec(__ROUTE_TABLE__[name]) ?? []
  return { method: method || 'GET', isPublic: mark === '!', path: API_ROOT + path }
}
