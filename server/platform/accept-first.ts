import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Connections that are accepted but not looked at yet; beyond, one is looked at for each that comes. */
const MAX_WAITING = 8_000
/** While more come, one in so many turns of the loop is for what waits. */
const TURNS_PER_ONE = 8
/** When none came in a turn, so many are begun with: the turn stays short, and what comes meanwhile fits the system's queue. */
const MOST_A_TURN = 32

/** Who is begun with, in the order in which they came, and when. One `turn` is one of the event loop. */
export class WaitingLine<T> {
  #waiting: T[] = []
  #first = 0
  #hasGrown = false
  #turns = 0

  get length(): number {
    return this.#waiting.length - this.#first
  }

  add(item: T): void {
    this.#waiting.push(item)
    this.#hasGrown = true
  }

  /** Those to begin with in this turn. */
  turn(): T[] {
    const hasGrown = this.#hasGrown
    this.#hasGrown = false
    this.#turns++
    if (!hasGrown) return this.take(MOST_A_TURN)
    return this.take(this.length > MAX_WAITING || this.#turns % TURNS_PER_ONE === 0 ? 1 : 0)
  }

  take(count: number): T[] {
    const taken = this.#waiting.slice(this.#first, this.#first + count)
    this.#first += taken.length
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return taken
  }
}

/**
 * Makes a server take connections from the system before it reads from those it has. Node accepts one in each turn of its
 * loop, so that what a turn reads and answers makes others wait in the system's queue; where that is full (4,096 on Linux)
 * it lets connections that look open to a device wait for a minute, and then resets them. Call before it listens; the answer
 * begins with all that wait, for a server that is to close.
 */
export function acceptFirst(server: Server): () => void {
  const begin = server.listeners('connection')
  server.removeAllListeners('connection')
  // Nothing is read before it is begun with. An option of node's own servers that http does not pass on.
  Object.assign(server, { pauseOnConnect: true })
  const line = new WaitingLine<Socket>()
  let isScheduled = false
  const hand = (sockets: readonly Socket[]) => {
    for (const socket of sockets) {
      socket.off('error', ignore)
      for (const listener of begin) Reflect.apply(listener, server, [socket])
      socket.resume()
    }
  }
  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      hand(line.turn())
      if (line.length > 0) schedule()
    })
  }
  server.on('connection', (socket) => {
    socket.on('error', ignore)
    line.add(socket)
    schedule()
  })
  return () => hand(line.take(Infinity))
}

/** One that breaks while it waits: whoever begins with it sees that it is closed. */
const ignore = () => undefined
