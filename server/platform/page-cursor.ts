import type { z } from 'zod'
import { Problem } from './problem.ts'

/** The key of the last row of a page as opaque text for `next` and `after`. */
export const encodeCursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Reads a cursor back; throws a 400 problem naming `query.after` when it is not one of this list. */
export function decodeCursor<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    if (parsed.success) return parsed.data
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw Problem.invalid('query.after', 'is not a cursor of this list; leave it out to start again')
}
