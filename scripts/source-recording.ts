import { z } from 'zod'

/** What stands in the first line of a recording: of what it was made, and what the test needs to know to say it again. */
export const recordingHead = z.object({
  kind: z.literal('wheelhouse-source-recording'),
  product: z.string(),
  version: z.string(),
  recordedAt: z.iso.datetime(),
  /** Whatever whoever recorded it wants to find again: names and ids of what was there. */
  scene: z.json(),
})
export type RecordingHead = z.infer<typeof recordingHead>

const headers = z.record(z.string(), z.string())
/**
 * A body is JSON, or the text that it is, or nothing. Of an answer that comes line by line the lines in their order; `isOpen`: it
 * had not ended when the client went away.
 */
const body = z.union([
  z.null(),
  z.object({ json: z.json() }),
  z.object({ text: z.string() }),
  z.object({ lines: z.array(z.string()), isOpen: z.boolean() }),
])
export type RecordedBody = z.infer<typeof body>

/** One request with its answer; `order` counts requests as they began. */
export const recordedPair = z.object({
  order: z.int().nonnegative(),
  request: z.object({ method: z.string(), path: z.string(), headers, body }),
  answer: z.object({ status: z.int(), headers, body }),
})
export type RecordedPair = z.infer<typeof recordedPair>

/** What of a request's headers an answer may depend on. */
export const requestHeaders = ['content-type', 'if-none-match', 'prefer'] as const
/** What of an answer's headers a client may go by. */
export const answerHeaders = [
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'x-balena-api-version',
] as const

/** Those of the headers that are named, by name. */
export const headersNamed = (
  names: readonly string[],
  all: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = all[name]
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    }),
  )

/** A body as it is recorded. */
export function bodyOf(text: string, contentType: string | undefined): RecordedBody {
  if (text === '') return null
  if (contentType?.includes('json') === true && !contentType.includes('ndjson')) {
    try {
      return { json: z.json().parse(JSON.parse(text)) }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return { text }
}

/** A body as it was sent; lines together, each with its end. */
export function textOf(recorded: RecordedBody): string {
  if (recorded === null) return ''
  if ('json' in recorded) return JSON.stringify(recorded.json)
  if ('text' in recorded) return recorded.text
  return recorded.lines.map((line) => `${line}\n`).join('')
}

/** Throws where a line is no pair of a recording, naming it. */
export function readRecording(text: string): { head: RecordingHead; pairs: RecordedPair[] } {
  const [first = '', ...lines] = text.split('\n').filter((line) => line !== '')
  const pairs = lines.map((line, index) => {
    const parsed = recordedPair.safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data
    throw new Error(`Line ${String(index + 2)} of the recording is none: ${z.prettifyError(parsed.error)}`)
  })
  return {
    head: recordingHead.parse(JSON.parse(first)),
    pairs: pairs.sort((a, b) => a.order - b.order),
  }
}
