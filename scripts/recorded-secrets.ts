import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { looksSecret } from '#contract/secret-names'
import type { RecordedPair } from './source-recording.ts'

const SECRET = '[secret]'
/** Shorter words are no secrets, and would take half the text with them. */
const SHORTEST = 8

/** Fields that hold a secret whatever it looks like. */
const secretField = /token|secret|passw|api_?key|^key$|jwt|cookie|authorization/i
/** Paths that answer a key or a session as nothing but its text. */
const givesSecret = /^\/(?:api-key\/|login_|user\/v1\/refresh-token|v\d+\/api_key)/

/** Addresses that stand for another already. */
const isReplaced = (address: string) => /^(02:00:00:00:00:|192\.0\.2\.|2001:db8::)/.test(address)
/** 1 to 254, the same for the same text: what was one address stays one. */
const numberOf = (text: string) => ((createHash('sha256').update(text).digest()[0] ?? 0) % 254) + 1

const patterns: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, SECRET],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${SECRET}`],
  [/([?&](?:api_?key|token|access_token)=)[^&#\s"']+/gi, `$1${SECRET}`],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, 'person@mail.example'],
  [/([a-z][a-z\d+.-]*:\/\/)[^\s/"'?#\\]+/gi, '$1host.example'],
  // Where images are stored: a host without a scheme before the registry's path.
  [/(?<![\w./-])[\w-]+(?:\.[\w-]+)+(?::\d+)?(?=\/v2\/)/g, 'registry.example'],
  [
    /(?<![\w:])(?:[\da-f]{2}:){5}[\da-f]{2}(?![\w:])/gi,
    (mac) => `02:00:00:00:00:${numberOf(mac).toString(16).padStart(2, '0')}`,
  ],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g, (address) => `192.0.2.${String(numberOf(address))}`],
  [
    /(?<![\w.:])[\da-f:]{2,39}(?![\w:])/gi,
    (found) => (isIPv6(found) ? `2001:db8::${numberOf(found).toString(16)}` : found),
  ],
]

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function cleanText(text: string, known: RegExp | null): string {
  let clean = known === null ? text : text.replace(known, SECRET)
  for (const [pattern, by] of patterns)
    clean =
      typeof by === 'string'
        ? clean.replace(pattern, by)
        : clean.replace(pattern, (found) => (isReplaced(found) ? found : by(found)))
  return clean
}

/** As parsed from JSON: objects are plain, and keep their keys. */
function cleanValue<T>(value: T, known: RegExp | null, isSecret: boolean): T
function cleanValue(value: unknown, known: RegExp | null, isSecret: boolean): unknown {
  if (typeof value === 'string') return isSecret && value !== '' ? SECRET : cleanText(value, known)
  if (Array.isArray(value)) return value.map((item: unknown) => cleanValue(item, known, isSecret))
  if (value === null || typeof value !== 'object') return value
  // A variable says its name beside its value.
  const isNamedSecret = 'name' in value && typeof value.name === 'string' && looksSecret(value.name)
  return Object.fromEntries(
    Object.entries(value).map(([field, item]: [string, unknown]) => [
      field,
      cleanValue(item, known, isSecret || secretField.test(field) || (isNamedSecret && field === 'value')),
    ]),
  )
}

/** A line of a stream is JSON too. */
function cleanLine(line: string, known: RegExp | null): string {
  try {
    return JSON.stringify(cleanValue(JSON.parse(line) as unknown, known, false))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return cleanText(line, known)
  }
}

function cleanBody(body: RecordedPair['answer']['body'], known: RegExp | null, isSecret: boolean) {
  if (body !== null && 'lines' in body)
    return { ...body, lines: body.lines.map((line) => cleanLine(line, known)) }
  return cleanValue(body, known, isSecret)
}

/**
 * The pair without what must not leave the machine: tokens, keys and passwords (those in `secrets`, and what looks or is named
 * like one), e-mail addresses and addresses of hosts. The same is replaced by the same, so what a client asks for after what it
 * was answered still fits. Pure.
 */
export function withoutSecrets(pair: RecordedPair, secrets: ReadonlySet<string>): RecordedPair {
  const words = [...secrets].filter((secret) => secret.length >= SHORTEST)
  const known =
    words.length === 0
      ? null
      : new RegExp(
          words
            .flatMap((word) => [word, encodeURIComponent(word)])
            .map(escapeRegExp)
            .join('|'),
          'g',
        )
  const { request, answer } = pair
  const isSecret = givesSecret.test(request.path)
  return {
    order: pair.order,
    request: {
      method: request.method,
      path: cleanText(request.path, known),
      headers: cleanValue(request.headers, known, false),
      body: cleanBody(request.body, known, false),
    },
    answer: {
      status: answer.status,
      headers: cleanValue(answer.headers, known, false),
      body: cleanBody(answer.body, known, isSecret),
    },
  }
}
