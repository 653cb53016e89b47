/** The network was cut, by a fault, a story or a power cut. */
export class LinkDown extends Error {
  constructor() {
    super('the network is down')
  }
}

/**
 * A device's way to the gateway. It may be cut for several reasons at once; it works when none is left. Whatever was
 * under way when it was cut fails with LinkDown.
 */
export class Link {
  readonly #reasons = new Set<string>()
  readonly #listeners = new Set<(isUp: boolean) => void>()
  #cut = new AbortController()

  get isUp(): boolean {
    return this.#reasons.size === 0
  }
  /** Aborts when the link is cut. */
  get signal(): AbortSignal {
    return this.#cut.signal
  }

  cut(reason: string): void {
    const wasUp = this.isUp
    this.#reasons.add(reason)
    if (!wasUp) return
    this.#cut.abort(new LinkDown())
    for (const listener of this.#listeners) listener(false)
  }

  restore(reason: string): void {
    if (!this.#reasons.delete(reason) || !this.isUp) return
    this.#cut = new AbortController()
    for (const listener of this.#listeners) listener(true)
  }

  /** Tells of every change; answers how to stop listening. */
  listen(listener: (isUp: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Runs a request over the link, with the signal that a cut aborts. */
  async use<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.isUp) throw new LinkDown()
    const { signal } = this
    const answer = await run(signal)
    // An answer that came just before is lost all the same.
    signal.throwIfAborted()
    return answer
  }
}
