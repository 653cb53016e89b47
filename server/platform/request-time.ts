import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

const LOOK_EVERY_MS = 1_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body has no end of its own: whoever reads it says when it is over. */
    isEndless?: boolean
  }
}

type Arriving = { reply: FastifyReply; sinceMs: number }

/** A body that was not read by anybody yet, or is unpacked on its way, can only be cut off. */
function refuse(request: FastifyRequest, reply: FastifyReply, withinMs: number): void {
  const { raw } = request
  const isPacked = request.headers['content-encoding'] !== undefined
  if (reply.sent || isPacked || raw.listenerCount('error') === 0) {
    raw.destroy()
    return
  }
  // Whoever reads it hears of an error, answers with it, and the connection ends behind the answer.
  raw.emit(
    'error',
    new Problem({
      status: 408,
      code: 'timeout',
      title: 'The request did not come in time',
      detail: `Its body must have come within ${withinMs / 1000} s`,
    }),
  )
}

/**
 * Ends requests whose body does not come within this time, however slowly it goes on: each would hold a connection and what
 * has come of it. (Headers have a limit of Node's own.) Call before routes are added.
 */
export function limitRequestTime(app: FastifyInstance, withinMs: number): void {
  const arriving = new Map<FastifyRequest, Arriving>()
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0
    if (hasBody && request.routeOptions.config.isEndless !== true) {
      arriving.set(request, { reply, sinceMs: performance.now() })
      reply.raw.once('close', () => arriving.delete(request))
    }
    done()
  })
  const look = () => {
    const late = performance.now() - withinMs
    // In the order in which they began.
    for (const [request, { reply, sinceMs }] of arriving) {
      if (sinceMs > late) return
      arriving.delete(request)
      if (!request.raw.complete && !request.raw.destroyed) refuse(request, reply, withinMs)
    }
  }
  const timer = setInterval(look, Math.min(LOOK_EVERY_MS, withinMs)).unref()
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    done()
  })
}
