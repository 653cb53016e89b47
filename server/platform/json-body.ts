import type { FastifyInstance } from 'fastify'
import { Problem } from './problem.ts'

/** More than any body of the API or of a device has; what walks through a value would run out of stack at some thousands. */
const MAX_DEPTH = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENS = new Set([0x5b, 0x7b])
const CLOSES = new Set([0x5d, 0x7d])

/** Whether arrays and objects of this JSON text stand in each other more than `max` deep. Text that is no JSON may be anything. */
export function isDeeperThan(text: string, max: number): boolean {
  let depth = 0
  let isInText = false
  // Each takes two characters at least.
  if (text.length <= max * 2) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isInText) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) isInText = false
    } else if (code === QUOTE) isInText = true
    else if (OPENS.has(code)) {
      if (++depth > max) return true
    } else if (CLOSES.has(code)) depth--
  }
  return false
}

/** Reads JSON bodies as Fastify does, but refuses those that are nested too deep before they are made into values. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isDeeperThan(body, MAX_DEPTH))
      done(Problem.invalid('body', `is nested deeper than ${MAX_DEPTH} arrays and objects`))
    else void parse(request, body, done)
  })
}
