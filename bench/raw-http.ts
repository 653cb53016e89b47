/** HTTP/1.1 over plain sockets, so cheap that the load takes little of the machine that it measures. */
import { connect, type Socket } from 'node:net'

export type Answered = { status: number; body: string }

const HEAD_END = '\r\n\r\n'

/** The bytes of a request; `path` and `key` as they are on the wire. */
export function requestBytes(
  method: 'GET' | 'PATCH',
  path: string,
  key: string,
  body: string,
  more = '',
): string {
  const content =
    body === ''
      ? ''
      : `content-type: application/json\r\ncontent-length: ${String(Buffer.byteLength(body))}\r\n`
  return `${method} ${path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${key}\r\n${more}${content}\r\n${body}`
}

/** One keep-alive connection with one request under way at a time. */
export class RawConnection {
  readonly #socket: Socket
  #received = ''
  #answer: ((answered: Answered) => void) | null = null
  #fail: ((error: Error) => void) | null = null
  /** Bytes on the wire so far, both ways. */
  sentBytes = 0
  receivedBytes = 0
  isOpen = true

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('closed')))
  }

  /** `from`: the address to call from; each address of the loopback has 28,000 ports of its own. */
  static open(port: number, from = '127.0.0.1'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RawConnection(socket))
      })
    })
  }

  /** Rejects when the connection ends before the answer is whole. */
  send(bytes: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new Error('the connection is closed'))
        return
      }
      this.#answer = resolve
      this.#fail = reject
      this.sentBytes += bytes.length
      this.#socket.write(bytes, 'latin1')
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.receivedBytes += text.length
    this.#received += text
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const status = Number(this.#received.slice(9, 12))
    const head = this.#received.slice(0, headEnd).toLowerCase()
    const end = this.#endOf(head, status, headEnd + HEAD_END.length)
    if (end < 0 || this.#received.length < end) return
    const body = this.#received.slice(headEnd + HEAD_END.length, end)
    this.#received = this.#received.slice(end)
    const answer = this.#answer
    this.#answer = null
    this.#fail = null
    answer?.({ status, body })
  }

  /** Where the answer ends; -1: not known yet. */
  #endOf(head: string, status: number, bodyAt: number): number {
    if (status === 304 || status === 204) return bodyAt
    if (head.includes('transfer-encoding: chunked')) {
      const last = this.#received.indexOf(`0${HEAD_END}`, bodyAt)
      return last < 0 ? -1 : last + 1 + HEAD_END.length
    }
    const at = head.indexOf('content-length:')
    return bodyAt + (at < 0 ? 0 : Number.parseInt(head.slice(at + 15), 10))
  }

  #end(error: Error): void {
    this.isOpen = false
    const fail = this.#fail
    this.#answer = null
    this.#fail = null
    fail?.(error)
  }
}
