import type { LogLevel } from '#contract/log'

/** `ESC [ … m` colours and other control sequences, so that a coloured level word is still seen. */

const CONTROL_SEQUENCE = /\u001b\[[0-9;?]*[ -/]*[@-~]/g
const HEAD_LENGTH = 200

const byWord: readonly (readonly [RegExp, LogLevel])[] = [
  [/\b(fatal|panic|emerg(ency)?|alert|crit(ical)?|error|err|exception|traceback|segfault)\b/i, 'error'],
  [/\b(warn|warning)\b/i, 'warning'],
  [/\b(debug|trace|verbose)\b/i, 'debug'],
  [/\b(info|notice)\b/i, 'info'],
]

/** pino and bunyan write numbers: 10 trace … 60 fatal. */
function levelOfNumber(level: number): LogLevel {
  if (level >= 50) return 'error'
  if (level >= 40) return 'warning'
  return level >= 30 ? 'info' : 'debug'
}

function levelOfJson(text: string): LogLevel | null {
  try {
    const line: unknown = JSON.parse(text)
    if (typeof line !== 'object' || line === null) return null
    const level: unknown =
      Reflect.get(line, 'level') ?? Reflect.get(line, 'severity') ?? Reflect.get(line, 'lvl')
    if (typeof level === 'number') return levelOfNumber(level)
    return typeof level === 'string' ? (byWord.find(([word]) => word.test(level))?.[1] ?? null) : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * Severity of a log line, read off its text: a JSON `level`, a syslog prefix `<3>`, else the first level word near its
 * start. When the text says nothing, stderr counts as error and stdout as info.
 */
export function readLogLevel(message: string, isStderr: boolean): LogLevel {
  const text = message.slice(0, 2_000).replace(CONTROL_SEQUENCE, '').trimStart()
  if (text.startsWith('{')) {
    const level = levelOfJson(text)
    if (level !== null) return level
  }
  const syslog = /^<([0-7])>/.exec(text)?.[1]
  if (syslog !== undefined) {
    const number = Number(syslog)
    return number <= 3 ? 'error' : number === 4 ? 'warning' : number === 7 ? 'debug' : 'info'
  }
  const head = text.slice(0, HEAD_LENGTH)
  let nearest: { at: number; level: LogLevel } | null = null
  for (const [word, level] of byWord) {
    const at = head.search(word)
    if (at !== -1 && (nearest === null || at < nearest.at)) nearest = { at, level }
  }
  return nearest?.level ?? (isStderr ? 'error' : 'info')
}
