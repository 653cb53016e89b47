const UNSTORABLE = /[\u0000\ud800-\udfff]/

/** Text as PostgreSQL can hold it: without NUL and without halves of surrogate pairs. */
const storableText = (text: string) =>
  UNSTORABLE.test(text) ? text.replaceAll('\u0000', '').toWellFormed() : text

/**
 * A checked message of a device with every text in it, keys too, as the store can hold it: itself, where it needs no
 * mending. Only for values whose depth a schema bounds.
 */
export function storable<T>(value: T): T {
  return isStorable(value) ? value : (clean(value) as T)
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !UNSTORABLE.test(value)
  if (typeof value !== 'object' || value === null) return true
  for (const key in value)
    if (UNSTORABLE.test(key) || !isStorable((value as Record<string, unknown>)[key])) return false
  return true
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storableText(key), clean(part)]))
}

/** At most `length` UTF-16 units, never ending in half a character. */
export const clip = (text: string, length: number) =>
  text.length <= length ? text : text.slice(0, length).toWellFormed()

/** The same, cut at a space where there is one (a list of addresses loses whole ones). */
export function clipAtSpace(text: string, length: number): string {
  if (text.length <= length) return text
  const space = text.lastIndexOf(' ', length)
  return clip(text, space > 0 ? space : length)
}
