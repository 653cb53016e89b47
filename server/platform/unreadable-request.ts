import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'

/** Node's codes of what its parser refuses, and what the caller is told; everything else is 400. */
const answers: Record<string, { status: number; words: string; code: string; title: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    words: 'Request Header Fields Too Large',
    code: 'headers-too-large',
    title: 'The headers of the request are too large',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    words: 'Request Timeout',
    code: 'timeout',
    title: 'The request did not come in time',
  },
}
const unreadable = {
  status: 400,
  words: 'Bad Request',
  code: 'bad-request',
  title: 'The request is not HTTP that can be read',
}

/**
 * Answers what is no readable request, and ends its connection. The answer says so: a caller that took the connection for
 * alive would send its next request into nothing.
 */
export function refuseUnreadable(log: FastifyBaseLogger) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    // The other side is gone: nobody reads an answer.
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    // Not the error itself, which holds what came: a key or a cookie may be among it.
    log.debug({ code: error.code, reason: error.message }, 'an unreadable request')
    const { status, words, code, title } = answers[error.code ?? ''] ?? unreadable
    const body = JSON.stringify({ type: 'about:blank', title, status, code })
    const head = [
      `HTTP/1.1 ${String(status)} ${words}`,
      'connection: close',
      'content-type: application/problem+json',
      `content-length: ${String(Buffer.byteLength(body))}`,
    ]
    if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    socket.destroySoon()
  }
}
