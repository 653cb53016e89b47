import type { SearchSchema } from './search-state'

/** Reads one URL parameter; undefined: it says nothing that can be understood. */
type Field<T> = { readonly fallback: T; readonly read: (text: string) => T | undefined }
type ValueOf<F> = F extends Field<infer T> ? T : never
type Values<Fields> = { [K in keyof Fields]: ValueOf<Fields[K]> }

/** As many as `commaList` of the contract takes. */
const MAX_ITEMS = 200

/** Any text of at most `max` characters; absent is empty. */
export const text = ({ max = Infinity } = {}): Field<string> => ({
  fallback: '',
  read: (value) => (value.length <= max ? value : undefined),
})

/** One of these words. */
export const oneOf = <const T extends string>(words: readonly T[], fallback: NoInfer<T>): Field<T> => ({
  fallback,
  read: (value) => words.find((word) => word === value),
})

/** Some of these words as `a,b`; absent is none. */
export const someOf = <const T extends string>(words: readonly T[]): Field<T[]> => ({
  fallback: [],
  read: (value) => {
    const found = value.split(',').filter((part) => part !== '')
    const known = found.flatMap((part) => words.filter((word) => word === part))
    return known.length === found.length && found.length <= MAX_ITEMS ? known : undefined
  },
})

/** Any texts of at most `max` characters as `a,b`; absent is none. */
export const texts = (max: number): Field<string[]> => ({
  fallback: [],
  read: (value) => {
    const found = value.split(',').filter((part) => part !== '')
    return found.length <= MAX_ITEMS && found.every((part) => part.length <= max) ? found : undefined
  },
})

/** The number of something; absent is undefined. */
export const number = (): Field<number | undefined> => ({
  fallback: undefined,
  read: (value) => {
    const found = Number(value)
    return Number.isSafeInteger(found) && found > 0 ? found : undefined
  },
})

/** `true` or `false`; absent is undefined. */
export const flag = (): Field<boolean | undefined> => ({
  fallback: undefined,
  read: (value) => (/^(true|1)$/.test(value) ? true : /^(false|0)$/.test(value) ? false : undefined),
})

/**
 * What a page shows, held in the URL, for `useSearchState`: it reads as a zod object with defaults does, for pages whose
 * first load must do without zod.
 */
export function searchFields<Fields extends Record<string, Field<unknown>>>(
  fields: Fields,
): SearchSchema<Values<Fields>> {
  const readAll = (raw: Readonly<Record<string, string>>) => {
    const wrong: string[] = []
    const entries = Object.entries(fields).map(([key, { read, fallback }]) => {
      const given = raw[key]
      const value = given === undefined ? fallback : read(given)
      if (given !== undefined && value === undefined) wrong.push(key)
      return [key, value ?? fallback]
    })
    return { data: Object.fromEntries(entries) as Values<Fields>, wrong }
  }
  return {
    shape: fields,
    parse: (raw) => readAll(raw).data,
    safeParse: (raw) => {
      const { data, wrong } = readAll(raw)
      if (wrong.length === 0) return { success: true, data }
      return { success: false, error: { issues: wrong.map((key) => ({ path: [key] })) } }
    },
  }
}
