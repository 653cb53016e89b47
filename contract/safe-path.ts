const HOME = '/fleets'

/**
 * Where somebody is led after signing in: a path of this app, as a browser understands it and not as it looks; anything
 * else is the first page. `origin`: where the app is, e.g. `https://wheelhouse.example`.
 */
export function safePath(next: string | null, origin: string): string {
  if (next === null || !next.startsWith('/') || !URL.canParse(next, origin)) return HOME
  const { origin: leadsTo, pathname, search, hash } = new URL(next, origin)
  // A second slash would make the path another site's once more.
  return leadsTo === new URL(origin).origin && !pathname.startsWith('//') ? pathname + search + hash : HOME
}
