import { lookup as resolve, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { refusalOf, refusalOfHost } from './address.rules.ts'
import { failureWords, RefusedAddress } from './failure-words.ts'

export const TIMEOUT_MS = 10_000
/** What a receiver says beyond its status is of no use; more than this of it is not even read. */
const MAX_ANSWER_BYTES = 65_536

export type Outcome = { statusCode: number | null; error: string | null; tookMs: number }
type Letter = { url: string; headers: Record<string, string>; body: string }
export type WebhookSender = {
  /** One attempt; never throws. */
  send: (letter: Letter) => Promise<Outcome>
  close: () => Promise<void>
}
export type Resolver = (
  hostname: string,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

const systemResolver: Resolver = (hostname, done) =>
  resolve(hostname, { all: true }, (error, addresses) => done(error, addresses))

/**
 * Resolves and judges in one: the connection is made to the very addresses that were judged, so a name that answers
 * differently the second time leads nowhere else.
 */
function guardedLookup(resolver: Resolver, isPrivateAllowed: boolean): LookupFunction {
  return (hostname, options, done) =>
    resolver(hostname, (error, addresses) => {
      if (error) return done(error, [])
      for (const { address } of addresses) {
        const refusal = refusalOf(address, isPrivateAllowed)
        if (refusal !== null) return done(new RefusedAddress(`${hostname}: ${refusal}`), [])
      }
      const [first] = addresses
      if (options.all === true || !first) return done(null, addresses)
      done(null, first.address, first.family)
    })
}

/** Calls webhooks: one attempt, no redirects, bounded in time and in what is read. */
export function makeWebhookSender(options: {
  isPrivateAllowed: boolean
  resolver?: Resolver
  timeoutMs?: number
}): WebhookSender {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const agent = new Agent({
    // A connection serves one attempt: the next one resolves and judges anew.
    pipelining: 0,
    connect: {
      timeout: timeoutMs,
      lookup: guardedLookup(options.resolver ?? systemResolver, options.isPrivateAllowed),
    },
  })

  async function attempt({ url, headers, body }: Letter, signal: AbortSignal): Promise<number> {
    const refusal = refusalOfHost(new URL(url).hostname, options.isPrivateAllowed)
    if (refusal !== null) throw new RefusedAddress(refusal)
    const answer = await request(url, { dispatcher: agent, method: 'POST', headers, body, signal })
    // The status is the answer; whoever takes his time with the rest has taken the delivery all the same.
    await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined)
    return answer.statusCode
  }

  return {
    async send(letter) {
      const startedAtMs = performance.now()
      const tookMs = () => Math.round(performance.now() - startedAtMs)
      try {
        const statusCode = await attempt(letter, AbortSignal.timeout(timeoutMs))
        return { statusCode, error: failureWords.ofStatus(statusCode), tookMs: tookMs() }
      } catch (error) {
        return { statusCode: null, error: failureWords.ofError(error, timeoutMs), tookMs: tookMs() }
      }
    },
    close: () => agent.close(),
  }
}
