import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { queryText } from './query-text'

/** A zod object, or what reads like one (`searchFields`). */
export type SearchSchema<T> = {
  readonly shape: Readonly<Record<string, unknown>>
  parse: (raw: Record<string, string>) => T
  safeParse: (
    raw: Record<string, string>,
  ) =>
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[] }[] } }
}

/**
 * Reads URL parameters by a schema whose every key has a default. What a hand-edited URL says wrongly is left out
 * rather than thrown: a link must never break the page.
 */
export function parseSearch<T>(schema: SearchSchema<T>, params: URLSearchParams): T {
  const raw: Record<string, string> = {}
  for (const key of Object.keys(schema.shape)) {
    const value = params.get(key)
    if (value !== null) raw[key] = value
  }
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const wrong = new Set(parsed.error.issues.map((issue) => String(issue.path[0])))
  return schema.parse(Object.fromEntries(Object.entries(raw).filter(([key]) => !wrong.has(key))))
}

/** The parameters after a change; keys at their default are not written, keys of others stay. */
export function changeSearch<T>(
  schema: SearchSchema<T>,
  params: URLSearchParams,
  change: Partial<T>,
): URLSearchParams {
  const next = new URLSearchParams(params)
  const defaults = schema.parse({}) as Record<string, unknown>
  for (const [key, value] of Object.entries(change)) {
    const text = queryText(value)
    if (text === '' || text === queryText(defaults[key])) next.delete(key)
    else next.set(key, text)
  }
  return next
}

/** What the user looks at, as typed state held in the URL. */
export function useSearchState<T>(schema: SearchSchema<T>) {
  const [params, setParams] = useSearchParams()
  const state = useMemo(() => parseSearch(schema, params), [schema, params])
  const update = useCallback(
    (change: Partial<T>, options: { replace?: boolean } = {}) =>
      setParams((previous) => changeSearch(schema, previous, change), {
        replace: options.replace ?? false,
        preventScrollReset: true,
      }),
    [schema, setParams],
  )
  return [state, update] as const
}
