import { SourceFailure } from '../source-failure.ts'
import type { SourceLine } from '../fleet-source.ts'
import type { BalenaClient } from './balena-client.ts'
import { failureOfConnection } from './balena-failure.rules.ts'
import { logLine, logLines, type LogLineAnswer } from './balena-model.ts'

/** A line may hold 10,000 characters; nobody sends one so long without an end. */
const LONGEST_LINE = 200_000
/** The backend sends an empty line every 58 s; without a word for twice as long the connection is dead. */
const SILENCE_MS = 120_000

type NameOf = (serviceId: number) => string | undefined

const inWords = (line: LogLineAnswer, nameOf: NameOf): SourceLine => ({
  at: new Date(line.timestamp),
  receivedAt: new Date(line.createdAt),
  service: line.serviceId ? (nameOf(line.serviceId) ?? null) : null,
  isSystem: line.isSystem,
  isStderr: line.isStdErr,
  message: line.message,
})

const pathOf = (uuid: string, query: string) => `/device/v2/${uuid}/logs?${query}`

export async function readLines(
  client: BalenaClient,
  uuid: string,
  count: number,
  nameOf: NameOf,
): Promise<SourceLine[]> {
  const lines = await client.get(logLines, pathOf(uuid, `count=${count}`))
  return lines.map((line) => inWords(line, nameOf))
}

/** Follows the stream of one device, which begins with the newest `count` lines; lines that come together are handed over together. */
export async function followLines(
  client: BalenaClient,
  options: { uuid: string; count: number; nameOf: NameOf; signal: AbortSignal },
  onLines: (lines: SourceLine[]) => void,
): Promise<void> {
  const { uuid, count, nameOf } = options
  const silence = new AbortController()
  const signal = AbortSignal.any([options.signal, silence.signal])
  let timer = setTimeout(() => silence.abort(), SILENCE_MS)
  try {
    const body = await client.stream(pathOf(uuid, `stream=1&count=${count}`), signal)
    const reader = body.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
      const parts = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      if (rest.length > LONGEST_LINE)
        throw new SourceFailure('unexpected', `${client.host} sends a log line without an end`)
      const lines = parts.flatMap((part) => readLine(part) ?? [])
      if (lines.length > 0) onLines(lines.map((line) => inWords(line, nameOf)))
    }
  } catch (error) {
    if (options.signal.aborted) return
    if (error instanceof SourceFailure) throw error
    throw failureOfConnection(error, client.host)
  } finally {
    clearTimeout(timer)
  }
}

/** Null: an empty line that only keeps the connection, or something that is no line. */
function readLine(text: string): LogLineAnswer | null {
  if (text.trim() === '') return null
  try {
    return logLine.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
