import { looksSecret } from '#contract/secret-names'
import { hashSecret } from '../../platform/secrets.ts'

export const MASK = '[masked]'

/** Shorter values are masked where they stand under their name only: elsewhere they would hide half the text. */
const SHORTEST = 4
const SHORTEST_LINE = 8
const plainWords = new Set(['true', 'false', 'null', 'none'])

const pairOf = (text: string) => /^([A-Za-z_][\w.-]{0,200})=(.+)$/s.exec(text)

/** Texts that stand under a name that looks secret, at any depth, also as `NAME=value`. */
export function secretsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'number') return looksSecret(name) ? [String(value)] : []
  if (typeof value === 'string') {
    if (looksSecret(name)) return [value]
    const [, key = '', own = ''] = pairOf(value) ?? []
    return looksSecret(key) ? [own] : []
  }
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, name))
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, item]) => secretsIn(item, key))
}

/** A value as it may be written elsewhere: in JSON, in an address, in base64, a line at a time. */
function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/)
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ...(lines.length > 1 ? lines.filter((line) => line.trim().length >= SHORTEST_LINE) : []),
  ]
}

/**
 * What looks like a secret whatever its value. Lines may be made to be slow: repetitions are bounded, or begin once in a run
 * of characters (the look-behinds).
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, MASK],
  [/\b(Bearer|Basic)\s{1,5}[A-Za-z0-9._~+/=-]{8,4000}/gi, `$1 ${MASK}`],
  [/(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{1,4000}\.[\w-]{0,2000}/g, MASK],
  [/\bwh[a-z]{0,3}_[\w-]{20,200}/g, MASK],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,200}):[^\s/@]{1,500}@/gi, `$1:${MASK}@`],
  [
    /(?<![\w.-])([\w.-]*?(?:passw(?:or)?d|secret|token|api[_-]?key)[\w.-]{0,40}"?\s?[=:]\s?"?)(?=[^\s"',;&}]{0,200}\d|[^\s"',;&}]{12})[^\s"',;&}]{4,1000}/gi,
    `$1${MASK}`,
  ],
]

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export type Masker = {
  /** How many values are looked for. */
  count: number
  text: (text: string) => string
  /** Masks every text within. */
  deep: (value: unknown) => unknown
  /** As `deep`, and whatever stands under a name that looks secret. */
  named: (value: unknown) => unknown
}

/** `hashes`: of keys and tokens of which only the hash is known; a word with such a hash is masked. Pure. */
export function makeMasker(values: readonly string[], hashes: ReadonlySet<string>): Masker {
  const known = new Set(
    values.filter((value) => value.length >= SHORTEST && !plainWords.has(value.toLowerCase())),
  )
  const forms = [...new Set([...known].flatMap(formsOf))].sort((a, b) => b.length - a.length)
  const anyKnown = forms.length === 0 ? null : new RegExp(forms.map(escapeRegExp).join('|'), 'g')

  function text(given: string): string {
    let masked = anyKnown === null ? given : given.replace(anyKnown, MASK)
    if (hashes.size > 0)
      masked = masked.replace(/[\w-]{24,200}/g, (word) => (hashes.has(hashSecret(word)) ? MASK : word))
    for (const [pattern, by] of patterns) masked = masked.replace(pattern, by)
    return masked
  }
  function walk(value: unknown, isNamed: boolean, name: string): unknown {
    if (typeof value === 'number') return isNamed && looksSecret(name) ? MASK : value
    if (typeof value === 'string') {
      if (isNamed && looksSecret(name)) return MASK
      const [, key = ''] = isNamed ? (pairOf(value) ?? []) : []
      return looksSecret(key) ? `${key}=${MASK}` : text(value)
    }
    if (Array.isArray(value)) return value.map((item) => walk(item, isNamed, name))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [text(key), walk(item, isNamed, key)]),
    )
  }
  return {
    count: known.size,
    text,
    deep: (value) => walk(value, false, ''),
    named: (value) => walk(value, true, ''),
  }
}
