import { RE2JS } from 're2js'
import type { Matcher } from './highlight'

const MAX_MATCHES = 200

/**
 * Finds a regular expression as the gateway does: RE2 syntax, case ignored, in linear time, so that a pattern in a link
 * cannot stop the page of whoever opens it. Null when it is not one; the gateway says why.
 */
export function patternMatcher(pattern: string): Matcher | null {
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  } catch {
    return null
  }
  return (text) => {
    const matcher = compiled.matcher(text)
    const found: [number, number][] = []
    while (found.length < MAX_MATCHES && matcher.find()) {
      const [from, to] = [matcher.start(), matcher.end()]
      if (to > from) found.push([from, to])
    }
    return found
  }
}
